// Whether a sentence asserts what it says.
#pragma once

#include <string>

#include "language/words.h"

namespace memllm {

bool has_negation(const std::string& text, const Words& words);

// Whether the sentence tells what may be, is planned, wished or reported by others: it holds a word of WordKind::kSupposition that is no
// name (written with a capital inside the sentence, or a verb that begins it before another: "Will Smith").
bool is_supposed(const std::string& sentence, const Words& words);

// Whether the sentence says something of the name that it asserts: it is no question, and no negation stands among the five words before
// the name's first mention. False where the name is not in it.
bool asserts_of(const std::string& sentence, const std::string& name, const Words& words);

}  // namespace memllm
