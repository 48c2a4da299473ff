#include "llm/language_model.h"

#include <algorithm>
#include <utility>

#include "llm/decode_checks.h"
#include "memllm/error.h"

namespace memllm {

void check_sequence(const Decoder& decoder, SequenceId sequence) {
  if (sequence < 0 || static_cast<std::size_t>(sequence) >= decoder.sequences()) {
    throw Error(ErrorKind::kInvalidArgument,
                "sequence " + std::to_string(sequence) + " does not exist: the decoder has " + std::to_string(decoder.sequences()));
  }
}

void check_truncate(const Decoder& decoder, SequenceId sequence, std::size_t length) {
  check_sequence(decoder, sequence);
  if (length > decoder.tokens(sequence).size()) {
    throw Error(ErrorKind::kInvalidArgument, "cannot truncate a sequence of " + std::to_string(decoder.tokens(sequence).size()) +
                                                 " tokens to " + std::to_string(length));
  }
}

void check_decode_items(const Decoder& decoder, std::span<const DecodeItem> items, std::size_t vocabulary) {
  std::vector<char> seen(decoder.sequences(), 0);
  for (const DecodeItem& item : items) {
    check_sequence(decoder, item.sequence);
    if (std::exchange(seen[item.sequence], 1) != 0) {
      throw Error(ErrorKind::kInvalidArgument, "sequence " + std::to_string(item.sequence) + " appears twice in one decode");
    }
    if (item.tokens.empty() && item.logits == LogitsWanted::kLast) {
      throw Error(ErrorKind::kInvalidArgument, "logits are wanted after the last token, but there is no token to decode");
    }
    const std::size_t length = decoder.tokens(item.sequence).size() + item.tokens.size();
    if (length > decoder.max_tokens()) {
      throw Error(ErrorKind::kInvalidArgument, "the text needs " + std::to_string(length) + " tokens, but a sequence holds at most " +
                                                   std::to_string(decoder.max_tokens()) + "; shorten it or allow a longer context");
    }
    const auto bad =
        std::ranges::find_if(item.tokens, [vocabulary](Token token) { return token < 0 || static_cast<std::size_t>(token) >= vocabulary; });
    if (bad != item.tokens.end()) {
      throw Error(ErrorKind::kInvalidArgument, "token " + std::to_string(*bad) + " is not in the model's vocabulary");
    }
  }
}

std::string detokenize(const LanguageModel& model, std::span<const Token> tokens) {
  std::string text;
  for (const Token token : tokens) text += model.piece(token);
  return text;
}

void decode_with_prefix_reuse(Decoder& decoder, SequenceId sequence, std::span<const Token> tokens) {
  check_sequence(decoder, sequence);
  if (tokens.empty()) throw Error(ErrorKind::kInvalidArgument, "there is no token to decode; begin with BOS or some text");
  if (tokens.size() > decoder.max_tokens()) {
    throw Error(ErrorKind::kInvalidArgument, "the text needs " + std::to_string(tokens.size()) + " tokens, but a sequence holds at most " +
                                                 std::to_string(decoder.max_tokens()) + "; shorten it or allow a longer context");
  }
  const std::span<const Token> held = decoder.tokens(sequence);
  const auto [end, unused] = std::ranges::mismatch(tokens, held);
  const std::size_t common = std::min<std::size_t>(end - tokens.begin(), tokens.size() - 1);
  const std::vector<Token> rest(tokens.begin() + common, tokens.end());  // a copy: tokens may be the sequence's own
  decoder.truncate(sequence, common);
  const DecodeItem item{sequence, rest, LogitsWanted::kLast};
  decoder.decode({&item, 1});
}

}  // namespace memllm
