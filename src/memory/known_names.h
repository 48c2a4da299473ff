// Names that a text mentions, found by its words.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace memllm {

std::vector<std::string> split_words(const std::string& text);  // at spaces
std::string join_words(std::span<const std::string> words);     // by a space each
std::string trim_punctuation(const std::string& text);          // what is neither letter, digit nor beyond ASCII, at both ends
std::string without_possessive(const std::string& text);        // "X's" and "X'" as "X"
bool is_function_word(const std::string& word);                 // "the", "who"; not "US"

using IsKnown = std::function<bool(const std::string& name)>;

// kAny: a name may begin with any word ("acme" in a question); kNames: with a capital, a digit or a character beyond ASCII, which leaves
// few candidates of a long text.
enum class Casing { kAny, kNames };

// The runs of words, of 12 at most, that are known, as written there without punctuation around them, in the text's order; longer ones
// are tried first, and none lies inside another.
std::vector<std::string> known_names(const std::vector<std::string>& words, Casing casing, const IsKnown& is_known);

// Runs of capitalised words: what looks like a name.
std::vector<std::string> capitalised_runs(const std::vector<std::string>& words);

}  // namespace memllm
