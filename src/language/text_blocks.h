// Text to the blocks that a sentence never crosses: paragraphs, list items, headings, table rows.
#pragma once

#include <string_view>
#include <vector>

#include "memllm/fact.h"

namespace memllm {

// Byte spans in text, in order, none blank. Blank lines, Markdown headings, list markers, table rows, rules and code fences end a block;
// headings' and list items' own markers ("## ", "- ", "1. ") are left out of the spans. A single line break ends a block only where a
// typesetter would not have made it: the next line begins with a capital, and its first word would have fitted within the block's longest
// line; or one break of the block is of this kind and all its lines begin with capitals. So notes of one statement a line are not run
// together, while wrapped text is. Linear time.
std::vector<Span> split_blocks(std::string_view text);

}  // namespace memllm
