// What is behind memllm::Memory, shared with Session.
#pragma once

#include <filesystem>
#include <memory>

#include "embed/embedder.h"
#include "memllm/memory.h"
#include "memory/memory_echo.h"
#include "store/store.h"

namespace memllm {

// Thread rule: one thread.
class Memory::Impl {
 public:
  // Checks the options. Throws as Memory::open.
  explicit Impl(const MemoryOptions& options);
  // With an embedder of the caller's; null: exact names only.
  Impl(const MemoryOptions& options, std::unique_ptr<Embedder> embedder);
  // The store's callback holds a pointer to the embedder.
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const std::filesystem::path& cache_folder() const { return options.cache_folder.empty() ? options.folder : options.cache_folder; }

  MemoryOptions options;
  std::unique_ptr<Embedder> embedder;  // null: none
  Store store;
  MemoryEcho echo;  // texts that sessions on this memory generated with its facts
};

}  // namespace memllm
