// How a memory is: counts, and what a check of it found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace memllm {

struct MemoryStats {
  std::size_t facts = 0, quarantined = 0, retracted = 0, entities = 0, aliases = 0, relations = 0, documents = 0, sentences = 0, events = 0,
              vectors = 0;
  std::uint64_t bytes = 0;  // of the whole folder
  std::vector<std::string> name_spaces;
};

struct VerifyReport {
  std::vector<std::string> problems;  // empty: clean
  bool clean() const { return problems.empty(); }
};

}  // namespace memllm
