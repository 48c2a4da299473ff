// The names and identifiers of a question against a document: whether an answer from there is about what was asked.
#pragma once

#include <string>
#include <vector>

#include "language/words.h"

namespace memllm {

// Runs of capitalised words that the question has, and words with a digit that are no plain number or year ("LX-318", "7731-0482").
struct QuestionNames {
  std::vector<std::vector<std::string>> names;  // words of each, without accents
  std::vector<std::string> identifiers;         // without accents
};
QuestionNames names_of_question(const std::string& question, const Words& language);

// Words of a text, for looking names up in.
class TextWords {
 public:
  void add(const std::string& text);
  // The word as written, in another number or case ("Quills"), or with a letter wrong where it has five or more, two where it has eight.
  bool holds(const std::string& word) const;
  bool holds_exactly(const std::string& word) const;
  // Another word, which differs in a letter or digit or two, or by its end: "LX-318" for "LX-3180", "Paul" for "Paula".
  bool holds_another_like(const std::string& word) const;

 private:
  std::vector<std::string> words_;  // without accents, sorted when looked at
};

}  // namespace memllm
