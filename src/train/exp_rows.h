// The one hot loop of training that libtorch has no single pass for.
#pragma once

#include <cstdint>

namespace memllm {

// For one row of bfloat16 logits (as raw bits): replaces each by exp(logit − maximum), rounded to bfloat16; returns log Σ exp(logit).
// sum receives Σ exp(logit − maximum) before rounding. Compiled with -ffast-math in its own file, so that the compiler vectorises exp.
float exponentiate_row(std::uint16_t* logits, std::int64_t count, float* sum);

}  // namespace memllm
