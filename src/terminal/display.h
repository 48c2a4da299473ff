// Text for people: nothing that a name or a document holds can move the cursor, change colours or hide text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memllm::cli {

// One line: invalid UTF-8 becomes U+FFFD; control characters, line separators and invisible format characters (bidirectional overrides, …)
// become "\n", "\t" or "\u{1b}". Joiners (U+200C, U+200D) stay.
std::string printable(std::string_view text);
// The same, but line breaks and tabs stay.
std::string printable_lines(std::string_view text);

// Columns of a terminal that printable text takes: wide East Asian characters and emoji count 2, combining marks 0.
std::size_t display_width(std::string_view printable_text);
// Cut to at most width columns, with "…" if anything was cut.
std::string cut_to_width(std::string_view printable_text, std::size_t width);
// Filled up with spaces to width columns.
std::string pad_to_width(std::string_view printable_text, std::size_t width);

}  // namespace memllm::cli
