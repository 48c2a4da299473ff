// BERT-style embedding model from a GGUF, through llama.cpp: mean pooling, L2 normalisation.
#pragma once

#include <filesystem>
#include <memory>

#include "embed/embedder.h"

namespace memllm {

class LlamaEmbedder final : public Embedder {
 public:
  // threads 0: as many as cores. Throws kNotFound, kModel.
  explicit LlamaEmbedder(const std::filesystem::path& gguf, int threads = 0);
  ~LlamaEmbedder() override;
  std::size_t dimension() const override;
  std::string fingerprint() const override;
  std::vector<float> embed(std::span<const std::string> texts) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memllm
