// Small DocRED documents for tests; everything in them is invented.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "documents/docred.h"

namespace memllm::test {

inline std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> result;
  for (std::string word; in >> word;) result.push_back(word);
  return result;
}

// A mention of the words [begin, end) of a sentence.
inline DocRedMention mention(const DocRedDocument& document, int sentence, int begin, int end, const std::string& type = "MISC") {
  DocRedMention result{"", sentence, begin, end, type};
  for (int i = begin; i < end; ++i) {
    result.name += (i > begin ? " " : "") + document.sentences.at(static_cast<std::size_t>(sentence)).at(static_cast<std::size_t>(i));
  }
  return result;
}

// "Ada Quill founded Norvane in Tessel . Quill led Norvane with Bo Marsh . Tessel lies in Oru ."
inline DocRedDocument norvane() {
  DocRedDocument document;
  document.title = "Norvane";
  document.sentences = {words("Ada Quill founded Norvane in Tessel ."), words("Quill led Norvane with Bo Marsh ."),
                        words("Tessel lies in Oru .")};
  document.entities = {
      {mention(document, 0, 0, 2, "PER"), mention(document, 1, 0, 1, "PER")},  // 0 Ada Quill
      {mention(document, 0, 3, 4, "ORG"), mention(document, 1, 2, 3, "ORG")},  // 1 Norvane
      {mention(document, 0, 5, 6, "LOC"), mention(document, 2, 0, 1, "LOC")},  // 2 Tessel
      {mention(document, 1, 4, 6, "PER")},                                     // 3 Bo Marsh
      {mention(document, 2, 3, 4, "LOC")},                                     // 4 Oru
  };
  document.labels = {
      {1, 0, "founder", {0}},  // Norvane founder Ada Quill
      {1, 2, "narrative location", {0}},
      {3, 1, "member of", {}},  // Bo Marsh member of Norvane
      {1, 3, "chairperson", {}},
      {2, 4, "part of", {2}},
      {4, 1, "has part", {}},  // completed only in sentence 2
  };
  return document;
}

}  // namespace memllm::test
