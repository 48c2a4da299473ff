// Text to sentences: ICU's sentence breaks with abbreviation suppressions; a line break that ends a paragraph or a list item also ends a
// sentence.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "memllm/fact.h"

namespace memllm {

// Thread rule: immutable after construction.
class SentenceSplitter {
 public:
  // locale: ICU's name of the language ("en"). abbreviations: a pack's abbreviations.tsv. Throws kNotFound, kCorrupt.
  SentenceSplitter(std::string locale, const std::filesystem::path& abbreviations);

  // Byte spans in text, without surrounding white space, none empty, in order. No sentence is longer than max_bytes (long runs are cut at
  // white space, else at a character). Linear time. Throws kInvalidArgument above 2 GiB. REQUIRES: valid UTF-8.
  std::vector<Span> split(std::string_view text, std::size_t max_bytes = 2'000) const;

 private:
  std::string locale_;
  std::set<std::string, std::less<>> abbreviations_;
  std::set<std::string, std::less<>> abbreviations_before_digits_;
};

}  // namespace memllm
