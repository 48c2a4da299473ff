#include "memory/lazy_embedder.h"

#include <utility>

#include "base/file_fingerprint.h"
#include "embed/llama_embedder.h"
#include "memllm/error.h"
#include "memory/gguf_dimension.h"

namespace memllm {

LazyEmbedder::LazyEmbedder(std::filesystem::path gguf)
    : file_(std::move(gguf)), fingerprint_(file_fingerprint(file_)), dimension_(gguf_dimension(file_)) {}

LazyEmbedder::~LazyEmbedder() = default;

std::vector<float> LazyEmbedder::embed(std::span<const std::string> texts) {
  if (!embedder_) {
    if (file_fingerprint(file_) != fingerprint_) {  // its vectors must not come among those of the file that the memory was opened with
      throw Error(ErrorKind::kModel, "'" + file_.string() + "' was replaced while the memory was open: open the memory again");
    }
    embedder_ = std::make_unique<LlamaEmbedder>(file_);
  }
  return embedder_->embed(texts);
}

}  // namespace memllm
