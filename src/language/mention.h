// Mentions: the places of a text where a name stands.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "language/words.h"
#include "memllm/fact.h"

namespace memllm {

// False between two ASCII letters or digits; other scripts may have no spaces, so that every place is an edge there. REQUIRES: position ≤
// text.size().
bool at_word_edge(std::string_view text, std::size_t position);

// Bytes of the first mention: as written, else under simple case folding. A mention that is a part of a longer ASCII word ("Al" in
// "Albert") counts only if there is no other. REQUIRES: valid UTF-8.
std::optional<Span> find_mention(std::string_view text, std::string_view name);

// True if name occurs and begins and ends at a word's edge. Compares bytes: give both normalised.
bool mentions(std::string_view normalised_text, std::string_view normalised_name);

// Whether there is an entity of this name.
using IsKnown = std::function<bool(const std::string& name)>;
// kAny: a name may begin with any word ("acme" in a question); kNames: with a capital, a digit or a character beyond ASCII, which leaves
// few candidates of a long text.
enum class Casing { kAny, kNames };
// The runs of words of the text, of 12 at most, that are known names, as written there without punctuation around them, in the text's
// order; longer ones are tried first, and none lies inside another. text: as split_words gives it.
std::vector<std::string> mentioned_names(const std::vector<std::string>& text, const Words& words, Casing casing, const IsKnown& is_known);
// Runs of capitalised words: what looks like a name.
std::vector<std::string> capitalised_runs(const std::vector<std::string>& text, const Words& words);

}  // namespace memllm
