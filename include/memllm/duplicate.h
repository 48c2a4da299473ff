// Two entities of the memory that are likely one.
#pragma once

#include <string>

namespace memllm {

struct DuplicateEntities {
  enum class Likeness {
    kSpelling,    // the same words but for case, accents, punctuation, order, articles and titles: "The Tin Kite", "tin kite"
    kShortForm,   // "Quill" in a document that has "Ada Quill", and no other name that ends or begins so
    kTypingError  // a letter differs in one word of five letters or more, or two in one of eight; words with digits are equal
  };
  std::string name;   // the one that came first; of a short form the full name
  std::string other;  // add_alias(name, other) joins them
  Likeness likeness = Likeness::kSpelling;
};

}  // namespace memllm
