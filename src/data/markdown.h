// Markdown to plain text.
#pragma once

#include <string>
#include <string_view>

namespace memllm {

// The text a reader would see, as far as sentences matter: front matter, fenced code, HTML comments, images and link targets are left out,
// and so are the signs of headings, quotes, emphasis and inline code. List items keep their sign (a sentence splitter uses it); headings
// become paragraphs. Not a full CommonMark parser: what it does not know stays as it is. Linear in the length of the text.
std::string markdown_to_text(std::string_view markdown);

}  // namespace memllm
