// What the memory itself supplied to a text is no new evidence for it: sentences generated with a call in the context.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "language/sentence_splitter.h"
#include "memllm/completion.h"

namespace memllm {

// Remembers normalised sentences by hash, the newest kCapacity, for the life of the object only: a text that comes back through another
// process is not recognised. Thread rule: one thread.
class MemoryEcho {
 public:
  static constexpr std::size_t kCapacity = 100'000;

  // It must outlive the object.
  explicit MemoryEcho(const SentenceSplitter& sentences) : sentences_(&sentences) {}

  // Every sentence of prompt + text that overlaps a kept call's text.
  void remember(std::string_view prompt, const Completion& completion);
  bool contains(std::string_view sentence) const;

 private:
  void remember_sentence(std::string_view sentence);

  const SentenceSplitter* sentences_;
  std::unordered_set<std::string> hashes_;
  std::deque<std::string> oldest_first_;
};

}  // namespace memllm
