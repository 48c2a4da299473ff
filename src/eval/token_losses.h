// Losses of given text under a model, a few rows of logits at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "llm/language_model.h"

namespace memllm {

// The loss of one token and what the model thought of opening a call in its place. Natural logarithms.
struct TokenLoss {
  double loss = 0;                  // -log p(token)
  double loss_without_open = 0;     // the same with the opening marker left out of the softmax
  double open_log_probability = 0;  // log p("({")
  bool open_is_best = false;        // the marker is the most probable token
};

// Teacher forcing on sequence 0 of a decoder. Thread rule: the decoder's.
class TokenLosses {
 public:
  // Rows of logits held at once; a row has the size of the vocabulary (1 MB for 262,144 tokens).
  static constexpr std::size_t kChunk = 64;

  TokenLosses(Decoder& decoder, Token open) : decoder_(&decoder), open_(open) {}

  // Makes the sequence hold exactly context (the common prefix is kept), so that measure can go on. REQUIRES: context is not empty.
  void set_context(std::span<const Token> context);
  // Appends tokens to the context without measuring them.
  void append(std::span<const Token> tokens);
  // Losses of the tokens that follow, which are appended. stop, if given, is asked after each token's loss is known and before the token
  // itself counts: true ends the measurement there; the sequence then holds an undefined number of the tokens, and the result has the
  // losses before that token.
  std::vector<TokenLoss> measure(std::span<const Token> tokens, const std::function<bool(std::size_t, const TokenLoss&)>& stop = {});
  // What the model thinks of token at this point. Nothing is appended. REQUIRES: something was appended last.
  TokenLoss peek(Token token) const;

  Decoder& decoder() const { return *decoder_; }

 private:
  TokenLoss judge(std::span<const float> row, Token token) const;

  Decoder* decoder_;
  Token open_;
  std::vector<float> row_;  // logits after the last token of the sequence
};

}  // namespace memllm
