// Text to the blocks that a sentence never crosses: paragraphs, list items, headings, table rows.
#pragma once

#include <string_view>
#include <vector>

#include "memllm/fact.h"

namespace memllm {

struct TextBlock {
  enum class Kind { kText, kItem, kPair, kSpeech, kTableRow, kHeading } kind = Kind::kText;  // kPair: "key: value"
  Span span;
  int level = 0;                // of a heading: 1 … 6
  Span speaker;                 // of a speech, in the text
  bool ends_paragraph = false;  // a blank line, a rule or the end of the text follows
};

// In order, none blank. Blank lines, Markdown headings, list markers, table rows, rules and code fences end a block;
// headings' and list items' own markers ("## ", "- ", "1. "), the time and name before a line of a chat ("[10:14] Ann: ") and the outer
// bars of a table's row are left out of the spans; the row of dashes below a table's header is left out whole. A single line break ends a
// block only where a typesetter would not have made it: the next line begins with a capital, and its first word would have fitted within
// the block's longest line; or one break of the block is of this kind and all its lines begin with capitals. So notes of one statement a
// line are not run together, while wrapped text is. Lines "key: value" are blocks of their own where two of them follow each other. A line
// that a rule of "=" or "-" directly follows is a heading of level 1 or 2. Linear time.
std::vector<TextBlock> text_blocks(std::string_view text);

}  // namespace memllm
