// Markdown to plain text.
#pragma once

#include <string>
#include <string_view>

namespace memllm {

// The text a reader of CommonMark (as md4c parses it) would see, as far as sentences matter: front matter, fenced code, HTML's comments and
// tags, images and link targets are left out. Items of lists begin with "- " or their number (a sentence splitter uses it), rows of tables
// stay as they are, other blocks are paragraphs. Throws kInvalidArgument above 4 GiB.
std::string markdown_to_text(std::string_view markdown);

}  // namespace memllm
