// What a person corrected outranks the sentence that it was read from, until that sentence changes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "language/language.h"
#include "memllm/sentence.h"
#include "store/store.h"

namespace memllm {

struct CorrectedAnswer {
  std::vector<std::string> parts;  // names of facts where a person corrected them, else as they were
  std::vector<Fact> facts;         // the corrected facts that say so
};

// parts: words copied from the sentences. A part that is the subject or object of a fact that a person corrected, of which its sentence was
// the reason, is replaced; nullopt: a person retracted the fact of which a part is the object. Facts that say nothing of the turns of
// life that the question names (roles.tsv) leave the answer alone: she lives elsewhere now, but was born there.
std::optional<CorrectedAnswer> corrected_answer(const std::string& question, std::vector<std::string> parts,
                                                std::span<const Sentence> sentences, const Store& store, const Language& language,
                                                const std::optional<Timestamp>& as_of);

}  // namespace memllm
