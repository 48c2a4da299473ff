// Text to unit vectors.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace memllm {

// Thread rule: one thread at a time.
class Embedder {
 public:
  virtual ~Embedder() = default;
  virtual std::size_t dimension() const = 0;
  // Identifies the weights and the pooling: vectors of different fingerprints must never be compared.
  virtual std::string fingerprint() const = 0;
  // Row-major [texts.size(), dimension()], each row of L2 norm 1. Texts longer than the model's limit are cut (MiniLM: 256 tokens).
  virtual std::vector<float> embed(std::span<const std::string> texts) = 0;
};

}  // namespace memllm
