// A text's sentences with what stands over them: headings, a table's header, who speaks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "language/sentence_splitter.h"
#include "memllm/fact.h"

namespace memllm {

struct OutlinedSentence {
  Span span;
  std::string heading;  // the headings above it, outermost first, " > " between; of a table's row the header row last
  std::string speaker;  // of a chat's line
  bool is_heading = false;
};

// The sentences of SentenceSplitter::split. A heading is a line with a marker or a rule below it, a short line that stands alone between
// blank lines and ends in no full stop, or one that a list or lines "key: value" directly follow; of the latter it is one until their
// paragraph ends. It is a sentence too, below the headings above it. REQUIRES: valid UTF-8.
std::vector<OutlinedSentence> outline(std::string_view text, const SentenceSplitter& sentences);

}  // namespace memllm
