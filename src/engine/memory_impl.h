// What is behind memllm::Memory, for Session.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "embed/embed_function.h"
#include "embed/embedder.h"
#include "infer/inference.h"
#include "language/language.h"
#include "memllm/memory.h"
#include "store/store.h"
#include "write/memory_echo.h"

namespace memllm {

// Thread rule: one thread.
class Memory::Impl {
 public:
  // Checks the options. Throws as Memory::open.
  explicit Impl(const MemoryOptions& options);
  // With an embedder of the caller's; null: exact names only.
  Impl(const MemoryOptions& options, std::unique_ptr<Embedder> embedder);
  static Impl& of(Memory& memory) { return *memory.impl_; }
  // The store's callback holds a pointer to the embedder.
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const std::filesystem::path& cache_folder() const { return options.cache_folder.empty() ? options.folder : options.cache_folder; }

  MemoryOptions options;
  std::unique_ptr<Embedder> embedder;  // null: none
  Store store;
  // Of options.language, read when it is first asked for: facts can be listed, corrected and exported without. Throws kNotFound, kCorrupt.
  const Language& language();
  InferringStore inferring() { return {store, language().rules}; }
  EmbedFunction embed_function();  // empty: no embedder
  // Of the sentences that have no vector yet. Stopped: the rest stays as it is.
  void embed_sentences(const ProgressCallback& progress, const std::stop_token& stop);
  MemoryEcho& echo();  // texts that sessions on this memory generated with its facts

 private:
  std::shared_ptr<const Language> language_;
  std::optional<MemoryEcho> echo_;
};

}  // namespace memllm
