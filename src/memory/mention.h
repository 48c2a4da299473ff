// Where a name is mentioned in a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "memllm/fact.h"

namespace memllm {

// False between two ASCII letters or digits; other scripts may have no spaces, so that every place is an edge there. REQUIRES: position ≤
// text.size().
bool at_word_edge(std::string_view text, std::size_t position);

// Bytes of the first mention: as written, else under simple case folding. A mention that is a part of a longer ASCII word ("Al" in
// "Albert") counts only if there is no other. REQUIRES: valid UTF-8.
std::optional<Span> find_mention(std::string_view text, std::string_view name);

// True if name occurs and begins and ends at a word's edge. Compares bytes: give both as normalise_name returns them.
bool mentions(std::string_view normalised_text, std::string_view normalised_name);

}  // namespace memllm
