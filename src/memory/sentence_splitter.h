// Text to sentences: ICU's sentence breaks with abbreviation suppressions; a line break that ends a paragraph or a list item also ends a
// sentence.
#pragma once

#include <string_view>
#include <vector>

#include "memllm/fact.h"

namespace memllm {

// Byte spans in text, without surrounding white space, none empty, in order. No sentence is longer than max_bytes (long runs are cut at
// white space, else at a character). Linear time. Throws kInvalidArgument above 2 GiB. REQUIRES: valid UTF-8.
std::vector<Span> split_sentences(std::string_view text, std::size_t max_bytes = 2'000);

}  // namespace memllm
