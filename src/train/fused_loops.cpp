#include "train/fused_loops.h"

#include <algorithm>
#include <cmath>

#include "train/row_values.h"

namespace memllm {

namespace {

template <typename In, typename Out>
MEMLLM_IN_CLONES float norm(const In* in, const float* weight, std::int64_t width, float epsilon, Out* out) {
  float squares = 0;
  for (std::int64_t i = 0; i < width; ++i) squares += to_float(in[i]) * to_float(in[i]);
  const float inverse = 1 / std::sqrt(squares / static_cast<float>(width) + epsilon);
  for (std::int64_t i = 0; i < width; ++i) store(to_float(in[i]) * inverse * weight[i], out[i]);
  return inverse;
}

// With y = x · r · w and r = (mean(x²) + ε)^(−½): dx = r · (w · dy − x · r² · mean(w · dy · x)).
template <typename In, typename Out>
MEMLLM_IN_CLONES void norm_backward(const In* in, const float* weight, const Out* d_out, std::int64_t width, float inverse, In* d_in) {
  float product = 0;
  for (std::int64_t i = 0; i < width; ++i) product += weight[i] * to_float(d_out[i]) * to_float(in[i]);
  const float along = product / static_cast<float>(width) * inverse * inverse;
  for (std::int64_t i = 0; i < width; ++i) store(inverse * (weight[i] * to_float(d_out[i]) - to_float(in[i]) * along), d_in[i]);
}

constexpr float kRootTwoOverPi = 0.79788456F, kCubic = 0.044715F;

// gelu(x) = x · share, with share = (1 + tanh(y)) / 2 = 1 / (1 + exp(−2y)), y = √(2/π) (x + 0.044715 x³). share and 1 − share apart: the
// gradient multiplies their product by x³, so that a difference from 1 would lose it.
struct Gelu {
  float share, rest;
};

MEMLLM_IN_CLONES Gelu gelu_of(float x) {
  constexpr float kFlat = 20;  // beyond it share is 0 or 1 in float; exp must stay finite, because of -ffast-math
  const float y = kRootTwoOverPi * (x + kCubic * x * x * x);
  const float power = std::exp(2 * std::max(std::min(y, kFlat), -kFlat));
  const float rest = 1 / (power + 1);
  return {power * rest, rest};
}

template <typename Value>
MEMLLM_IN_CLONES void gelu_times(const Value* gate, const Value* up, std::int64_t count, Value* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float x = to_float(gate[i]);
    store(x * gelu_of(x).share * to_float(up[i]), out[i]);
  }
}

template <typename Value>
MEMLLM_IN_CLONES void gelu_times_backward(const Value* gate, const Value* up, const Value* d_out, std::int64_t count, Value* d_gate,
                                          Value* d_up) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float x = to_float(gate[i]), d = to_float(d_out[i]);
    const Gelu gelu = gelu_of(x);
    const float slope = gelu.share + 2 * x * gelu.share * gelu.rest * kRootTwoOverPi * (1 + 3 * kCubic * x * x);
    store(d * to_float(up[i]) * slope, d_gate[i]);
    store(d * x * gelu.share, d_up[i]);
  }
}

}  // namespace

MEMLLM_CLONES float norm_row(const float* in, const float* weight, std::int64_t width, float epsilon, float* out) {
  return norm(in, weight, width, epsilon, out);
}

MEMLLM_CLONES void norm_row_backward(const float* in, const float* weight, const float* d_out, std::int64_t width, float inverse,
                                     float* d_in) {
  norm_backward(in, weight, d_out, width, inverse, d_in);
}

MEMLLM_CLONES float norm_row(const float* in, const float* weight, std::int64_t width, float epsilon, std::uint16_t* out) {
  return norm(in, weight, width, epsilon, out);
}

MEMLLM_CLONES void norm_row_backward(const float* in, const float* weight, const std::uint16_t* d_out, std::int64_t width, float inverse,
                                     float* d_in) {
  norm_backward(in, weight, d_out, width, inverse, d_in);
}

MEMLLM_CLONES float norm_row(const std::uint16_t* in, const float* weight, std::int64_t width, float epsilon, std::uint16_t* out) {
  return norm(in, weight, width, epsilon, out);
}

MEMLLM_CLONES void norm_row_backward(const std::uint16_t* in, const float* weight, const std::uint16_t* d_out, std::int64_t width,
                                     float inverse, std::uint16_t* d_in) {
  norm_backward(in, weight, d_out, width, inverse, d_in);
}

MEMLLM_CLONES void gelu_times_row(const float* gate, const float* up, std::int64_t count, float* out) { gelu_times(gate, up, count, out); }

MEMLLM_CLONES void gelu_times_row_backward(const float* gate, const float* up, const float* d_out, std::int64_t count, float* d_gate,
                                           float* d_up) {
  gelu_times_backward(gate, up, d_out, count, d_gate, d_up);
}

MEMLLM_CLONES void gelu_times_row(const std::uint16_t* gate, const std::uint16_t* up, std::int64_t count, std::uint16_t* out) {
  gelu_times(gate, up, count, out);
}

MEMLLM_CLONES void gelu_times_row_backward(const std::uint16_t* gate, const std::uint16_t* up, const std::uint16_t* d_out,
                                           std::int64_t count, std::uint16_t* d_gate, std::uint16_t* d_up) {
  gelu_times_backward(gate, up, d_out, count, d_gate, d_up);
}

}  // namespace memllm
