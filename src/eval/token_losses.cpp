#include "eval/token_losses.h"

#include <algorithm>
#include <cmath>

#include "llm/logits.h"

namespace memllm {

TokenLoss TokenLosses::judge(std::span<const float> row, Token token) const {
  const double log_sum = log_sum_exp(row);
  TokenLoss result;
  result.loss = -log_probability(row, token, log_sum);
  result.open_log_probability = log_probability(row, open_, log_sum);
  result.loss_without_open = -log_probability(row, token, log_sum_exp_without(row, open_, log_sum));
  result.open_is_best = best_token(row) == open_;
  return result;
}

void TokenLosses::set_context(std::span<const Token> context) {
  decode_with_prefix_reuse(*decoder_, 0, context);
  const auto row = decoder_->logits(0);
  row_.assign(row.begin(), row.end());
}

void TokenLosses::append(std::span<const Token> tokens) {
  if (tokens.empty()) return;
  const DecodeItem item{0, tokens, LogitsWanted::kLast};
  decoder_->decode(std::span(&item, 1));
  const auto row = decoder_->logits(0);
  row_.assign(row.begin(), row.end());
}

std::vector<TokenLoss> TokenLosses::measure(std::span<const Token> tokens, const std::function<bool(std::size_t, const TokenLoss&)>& stop) {
  std::vector<TokenLoss> losses;
  losses.reserve(tokens.size());
  while (losses.size() < tokens.size()) {
    const auto chunk = tokens.subspan(losses.size(), std::min(kChunk, tokens.size() - losses.size()));
    const std::size_t first = losses.size();
    const TokenLoss before = judge(row_, chunk[0]);
    if (stop && stop(first, before)) return losses;
    losses.push_back(before);
    const DecodeItem item{0, chunk, LogitsWanted::kAll};
    decoder_->decode(std::span(&item, 1));
    for (std::size_t i = 1; i < chunk.size(); ++i) {
      const TokenLoss loss = judge(decoder_->logits(0, i - 1), chunk[i]);
      if (stop && stop(first + i, loss)) return losses;
      losses.push_back(loss);
    }
    const auto last = decoder_->logits(0, chunk.size() - 1);
    row_.assign(last.begin(), last.end());
  }
  return losses;
}

TokenLoss TokenLosses::peek(Token token) const { return judge(row_, token); }

}  // namespace memllm
