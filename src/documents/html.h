// HTML to plain text.
#pragma once

#include <string>
#include <string_view>

namespace memllm {

struct HtmlText {
  std::string
      text;  // headings marked as in Markdown ("## "), items of lists with "- ", rows of tables "| a | b |", other blocks as paragraphs
  std::string title, author, date;  // of <title> and <meta>; empty: none
};

// What a reader of the page would see, as libxml2's forgiving parser reads it: without scripts, styles, forms' controls and comments.
// Nothing is fetched. Throws kInvalidArgument above 1 GiB. REQUIRES: valid UTF-8.
HtmlText html_to_text(std::string_view html);

}  // namespace memllm
