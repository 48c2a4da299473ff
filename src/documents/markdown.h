// Markdown to plain text.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace memllm {

// The lines "key: value" of a front matter (a leading block between lines "---"), in order; without quotes around values.
std::vector<std::pair<std::string, std::string>> front_matter_of(std::string_view markdown);

// The text a reader of CommonMark (as md4c parses it) would see, as far as sentences matter: front matter, fenced code, HTML's comments and
// tags, images and link targets are left out. Headings keep their marks ("## "). Items of lists begin with "- " or their number (a sentence
// splitter uses it), rows of tables stay as they are, other blocks are paragraphs. Throws kInvalidArgument above 4 GiB.
std::string markdown_to_text(std::string_view markdown);

}  // namespace memllm
