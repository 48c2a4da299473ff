// An embedding model that is loaded when the first vector is asked for.
#pragma once

#include <filesystem>
#include <memory>

#include "embed/embedder.h"

namespace memllm {

// Most commands on a memory (list, edit, exact queries) need no vector: they need not wait for a model. Thread rule: one thread.
class LazyEmbedder final : public Embedder {
 public:
  // Reads the file's hash and header only. Throws kNotFound, kModel (not a GGUF).
  explicit LazyEmbedder(std::filesystem::path gguf);
  ~LazyEmbedder() override;
  std::size_t dimension() const override { return dimension_; }
  std::string fingerprint() const override { return fingerprint_; }  // content hash of the file
  std::vector<float> embed(std::span<const std::string> texts) override;

 private:
  std::filesystem::path file_;
  std::string fingerprint_;
  std::size_t dimension_;
  std::unique_ptr<Embedder> embedder_;
};

}  // namespace memllm
