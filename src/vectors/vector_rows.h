// Unit vectors as contiguous rows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace memllm {

// Shape [size(), dimension()]. Thread rule: one thread at a time.
class VectorRows {
 public:
  explicit VectorRows(std::size_t dimension) : dimension_(dimension) {}

  std::size_t dimension() const { return dimension_; }
  std::size_t size() const { return values_.size() / dimension_; }
  const float* row(std::size_t index) const { return values_.data() + index * dimension_; }
  std::span<float> mutable_row(std::size_t index) { return {values_.data() + index * dimension_, dimension_}; }
  void append(std::span<const float> vector) { values_.insert(values_.end(), vector.begin(), vector.end()); }
  void resize(std::size_t rows) { values_.resize(rows * dimension_); }
  std::span<const float> values() const { return values_; }
  std::span<float> values() { return values_; }

 private:
  std::size_t dimension_;
  std::vector<float> values_;
};

}  // namespace memllm
