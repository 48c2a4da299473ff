#include "embed/lazy_embedder.h"

#include <utility>

#include "base/file_fingerprint.h"
#include "base/gguf_metadata.h"
#include "embed/llama_embedder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

std::size_t gguf_dimension(const std::filesystem::path& file) {
  constexpr std::int64_t kMost = 65'536;
  constexpr std::string_view kKey = ".embedding_length";  // behind the architecture's name
  const GgufMetadata metadata(file, kKey);
  const bool stated = !metadata.values().empty() && metadata.values().back().first.ends_with(kKey);
  const std::int64_t dimension = stated ? metadata.integer(metadata.values().back().first).value_or(0) : 0;
  if (dimension < 1 || dimension > kMost) {
    throw Error(ErrorKind::kModel,
                "'" + file.string() + "' states no sensible embedding_length: give an embedding model (BERT) in GGUF form");
  }
  return static_cast<std::size_t>(dimension);
}

}  // namespace

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
