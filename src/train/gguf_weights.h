// A GGUF file's own weights and metadata, dequantised: training sees what will run.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace memllm {

// Thread rule: one thread at a time.
class GgufWeights {
 public:
  // Throws kNotFound, kModel (not a GGUF).
  explicit GgufWeights(const std::filesystem::path& file);
  ~GgufWeights();
  GgufWeights(GgufWeights&&) noexcept;

  bool has(const std::string& tensor) const;
  // Shape as torch has it: a GGUF matrix with ne = [in, out] comes as [out, in]. Throws kModel when missing.
  torch::Tensor load(const std::string& tensor, torch::Dtype dtype, torch::Device device) const;

  // absent: instead of a value that the file lacks. Throw kModel when there is neither.
  std::string text(const std::string& key, const std::optional<std::string>& absent = {}) const;
  std::int64_t integer(const std::string& key, std::optional<std::int64_t> absent = {}) const;
  double number(const std::string& key, std::optional<double> absent = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memllm
