// Decoding rule: an answer from sentences is "yes", "no", "not stated", or words copied from them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "call/mention_grammar.h"

namespace memllm {

// answer = " " fixed "\n" | " " span { "; " span } "\n", where a fixed answer is one of those given and a span begins and ends at a word's
// edge within one line of the text. Byte by byte, as the model spells it.
class AnswerGrammar {
 public:
  // text: lines. fixed: answers that are copied from nowhere.
  AnswerGrammar(std::string text, std::vector<std::string> fixed);

  bool admits(std::string_view piece) const;
  void append(std::string_view piece);  // REQUIRES: admits(piece)
  bool is_over() const { return over_; }
  // Number of the fixed answer that was written, or -1. REQUIRES: is_over().
  int fixed() const;
  const std::vector<std::string>& spans() const { return spans_; }  // REQUIRES: is_over()

 private:
  bool admits_fixed(std::string_view piece) const;
  bool admits_span(std::string_view piece) const;

  MentionGrammar lines_;
  std::vector<std::string> fixed_;
  std::string written_;  // all of it, the leading space too
  std::string span_;     // the open one
  bool may_be_fixed_ = true, may_be_span_ = true, over_ = false;
  bool wants_space_ = true;  // before the open span
  std::vector<std::string> spans_;
};

}  // namespace memllm
