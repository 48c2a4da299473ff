// Names that are nearly those of a question: typed without accents, with a letter wrong, in another order, with a title, or shortened.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "language/words.h"

namespace memllm {

// The one name of these that the asked one may stand for: each word of it, in any order, is one of the name's, or has a letter wrong where
// it has five or more, two where it has eight; titles ("Dr") are left out on both sides. What has a digit must be equal. Where no name has
// as many words, a part of one at its beginning or end ("Thorne" of "Agnes Thorne"). Empty: none is, or several are.
std::optional<std::string> near_name(const std::string& asked, std::span<const std::string> names, const Words& language);

// Whether both have the same words with a digit in them, in the same order.
bool same_identifiers(const std::string& a, const std::string& b);

// Edits (insertion, deletion, exchange of a letter, swap of two neighbours) that make the one the other; most + 1 where it is more.
std::size_t edit_distance(const std::string& a, const std::string& b, std::size_t most);
// Edits that a word of that many bytes may have and still be meant.
std::size_t allowed_edits(const std::string& word);
// Words without accents, case and punctuation around them.
std::vector<std::string> plain_words(const std::string& text);

}  // namespace memllm
