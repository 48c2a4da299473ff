// Token pieces to valid UTF-8: a character may be spread over several tokens.
#pragma once

#include <string>
#include <string_view>

namespace memllm {

// text() is valid UTF-8 at every moment. Thread rule: one thread.
class Utf8Accumulator {
 public:
  // Appends the characters that are complete; keeps the bytes of one that has only begun. Invalid bytes become U+FFFD.
  void append(std::string_view bytes);
  // No more is to come: an unfinished character becomes U+FFFD.
  void finish();
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string unfinished_;
};

}  // namespace memllm
