// Whether a fact that the model wrote may be believed: what can be told from its sentence, from what stands over it and from the relation.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "language/language.h"
#include "language/outline.h"
#include "memllm/document.h"
#include "memllm/fact.h"

namespace memllm {

// The sentence that is to state the fact, and what tells who is meant in it.
struct StatingSentence {
  std::string_view text;
  const OutlinedSentence& over;
  const std::string& title;  // of the document
  const std::string& author;
  std::span<const std::string> before;                                           // normalised: the sentences before it that the model saw
  std::function<std::vector<std::string>(const std::string& name)> other_names;  // by which the memory knows it, too; may be empty
};

// A name counts as stated by the sentence if it, another name of the same, or a short form of it, stands there; if it is that of the
// speaker or the author and the sentence is in the first person; if the heading or the document's title names it; or if the sentence has a
// pronoun and one of those before it the name. A question, a supposition and what is denied assert nothing.
Doubt doubt_of(const Triple& triple, const StatingSentence& sentence, const Language& language);

std::string in_words(Doubt doubt);  // "its score is low"; empty: no doubt

}  // namespace memllm
