// Sentences as a caller sees them: what a memory keeps of the texts that it learned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "memllm/fact.h"

namespace memllm {

using SentenceId = std::int64_t;  // positive, never used twice

// One sentence of a document, or what stands for one: a heading, an item of a list, a line "key: value", a row of a table, a line of a
// chat.
struct Sentence {
  SentenceId id = 0;
  std::string document;     // its name, as given to learn
  std::string title;        // of the document
  std::string author;       // of the document: who "I" is where nobody else speaks; empty: unknown
  std::string date;         // of the document, as it gives it; empty: unknown
  std::int64_t number = 0;  // 0-based, in the document
  Span span;                // bytes in the document's text
  std::string text;
  std::string heading;  // the headings above it, outermost first, " > " between
  std::string speaker;  // of a chat's line; empty: none
  bool is_heading = false;
  Timestamp learned_at;
  std::optional<Timestamp> withdrawn_at;  // set: it no longer stands in the document
};

// A document as the memory knows it.
struct DocumentInfo {
  std::string name;
  std::string title, author, date;  // empty: unknown
  Timestamp learned_at;
  std::size_t sentences = 0;
  std::size_t facts = 0;        // believed ones that it supports
  std::size_t quarantined = 0;  // facts of it that wait for review
};

}  // namespace memllm
