// A document's text as tokens, and which of them its spans are.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"
#include "memllm/fact.h"

namespace memllm {

// Half-open range of token numbers.
struct TokenRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
  std::size_t size() const { return empty() ? 0 : end - begin; }
};

// The text cut at byte offsets and tokenised piece by piece, so that a piece has the same tokens wherever it stands.
class TextTokens {
 public:
  // cuts: rising byte offsets in text.
  TextTokens(const LanguageModel& model, const CallFormat& format, std::string_view text, std::span<const std::size_t> cuts);

  const std::vector<Token>& tokens() const { return tokens_; }  // no BOS
  // Tokens of the piece that begins at cut i - 1 and ends at cut i; piece 0 begins with the text.
  std::size_t pieces() const { return pieces_.size(); }
  TokenRange piece(std::size_t number) const { return pieces_[number]; }
  // The tokens that hold any byte of the span.
  TokenRange range(const Span& bytes) const;

 private:
  std::vector<Token> tokens_;
  std::vector<TokenRange> pieces_;
  std::vector<std::size_t> ends_;  // byte offset in the text where each token ends
};

}  // namespace memllm
