// Small numeric helpers over one row of logits.
#pragma once

#include <functional>
#include <random>
#include <span>
#include <vector>

#include "llm/language_model.h"

namespace memllm {

// Natural log of the softmax's denominator.
double log_sum_exp(std::span<const float> logits);
// The same as if left_out were not in the vocabulary; finite even where left_out has all of the probability.
double log_sum_exp_without(std::span<const float> logits, Token left_out, double log_sum);
inline double log_probability(std::span<const float> logits, Token token, double log_sum) { return logits[token] - log_sum; }
double log_probability(std::span<const float> logits, Token token);

// The most probable token for which allowed is true (all tokens if allowed is empty); -1 if there is none. Tests the best token first, so
// a rule that usually admits it costs almost nothing.
Token best_token(std::span<const float> logits, const std::function<bool(Token)>& allowed = {});
// temperature 0: best_token.
Token sample_token(std::span<const float> logits, double temperature, std::mt19937_64& random,
                   const std::function<bool(Token)>& allowed = {});

}  // namespace memllm
