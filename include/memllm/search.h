// Searching a memory: sentences and facts that have to do with a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "memllm/fact.h"
#include "memllm/sentence.h"

namespace memllm {

struct SearchOptions {
  std::size_t limit = 10;
  std::size_t neighbours = 0;           // sentences before and after each that is found, of the same document
  std::optional<std::string> document;  // only of this document (its full name)
  std::optional<std::string> speaker;   // only what this speaker of a chat, or this author of a document, said
  std::optional<Timestamp> as_of;       // what was known then; empty: now
  bool facts = true;                    // off: sentences only
};

// A sentence with the facts that were read from it; or a fact that no kept sentence states, for example one stated by hand.
struct SearchHit {
  double score = 0;  // of one search, more is better; not to be compared with another search's
  std::optional<Sentence> sentence;
  std::vector<Fact> facts;  // believed ones
  std::vector<Sentence> before, after;
};

}  // namespace memllm
