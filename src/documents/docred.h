// DocRED-format documents: https://github.com/thunlp/DocRED (sents as words, vertexSet, labels with h, t, r, evidence).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "memllm/document.h"
#include "memllm/fact.h"

namespace memllm {

struct DocRedMention {
  std::string name;  // as written; equal to the words joined by spaces
  int sentence = 0;
  int begin = 0, end = 0;  // words of the sentence, half-open
  std::string type;        // PER, ORG, LOC, TIME, NUM, MISC
};

struct DocRedLabel {
  int head = 0, tail = 0;     // indices into entities
  std::string relation;       // the name ("place of birth"), not the id
  std::vector<int> evidence;  // sentences; empty: not annotated
};

struct DocRedDocument {
  std::string title;
  std::vector<std::vector<std::string>> sentences;   // words
  std::vector<std::vector<DocRedMention>> entities;  // mentions of each entity
  std::vector<DocRedLabel> labels;

  // Words joined with single spaces (paper §7), sentences too. Document::sentences: bytes of each in the text; a sentence of blank words
  // only is left out of the text and has an empty span. Throws kInvalidArgument for a mention outside its sentence.
  Document to_document() const;
  // Byte span of a mention in to_document().text.
  Span mention_span(const DocRedMention& mention) const;
};

// The words [begin, end) with single spaces between.
std::string joined_words(const std::vector<std::string>& words, int begin, int end);

// Relation ids map through relation_names (id → name); unknown ids stay as they are. Throws kInvalidArgument with document number and what
// is wrong: indices out of range, missing keys.
std::vector<DocRedDocument> read_docred(const std::filesystem::path& json, const std::map<std::string, std::string>& relation_names);
// The same from a file's content; file: its name in messages.
std::vector<DocRedDocument> parse_docred(std::string_view json, const std::string& file,
                                         const std::map<std::string, std::string>& relation_names);

}  // namespace memllm
