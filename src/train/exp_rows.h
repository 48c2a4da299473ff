// The softmax over the vocabulary, which libtorch has no single pass for.
#pragma once

#include <cstdint>

namespace memllm {

// A softmax over a row that comes in pieces. It starts as {kNoLogit, 0}.
struct RowSum {
  static constexpr float kNoLogit = -1e30F;  // below every logit; finite, because of -ffast-math
  float maximum = kNoLogit;                  // of the logits so far
  float sum = 0;                             // Σ exp(logit − maximum) of the logits so far
};

// Adds a piece of a row to its sum and replaces each logit by exp(logit − row.maximum). Returns what sums of the row's earlier pieces
// must be multiplied by: exp(maximum before − maximum after). The second kind is bfloat16 as raw bits; row.sum is that before rounding.
// Compiled with -ffast-math in its own file, so that the compiler vectorises exp.
float exponentiate_piece(float* logits, std::int64_t count, RowSum& row);
float exponentiate_piece(std::uint16_t* logits, std::int64_t count, RowSum& row);

}  // namespace memllm
