// The loops of fused_rows.h. A row's numbers are float, or bfloat16 as raw bits. Compiled with -ffast-math in their own file.
#pragma once

#include <cstdint>

namespace memllm {

// out = in · inverse · weight for a row of so many numbers; returns inverse = 1 / √(mean(in²) + epsilon).
float norm_row(const float* in, const float* weight, std::int64_t width, float epsilon, float* out);
float norm_row(const float* in, const float* weight, std::int64_t width, float epsilon, std::uint16_t* out);
float norm_row(const std::uint16_t* in, const float* weight, std::int64_t width, float epsilon, std::uint16_t* out);

// The gradient of norm_row in its input, from that in its output.
void norm_row_backward(const float* in, const float* weight, const float* d_out, std::int64_t width, float inverse, float* d_in);
void norm_row_backward(const float* in, const float* weight, const std::uint16_t* d_out, std::int64_t width, float inverse, float* d_in);
void norm_row_backward(const std::uint16_t* in, const float* weight, const std::uint16_t* d_out, std::int64_t width, float inverse,
                       std::uint16_t* d_in);

// out = gelu(gate) · up.
void gelu_times_row(const float* gate, const float* up, std::int64_t count, float* out);
void gelu_times_row(const std::uint16_t* gate, const std::uint16_t* up, std::int64_t count, std::uint16_t* out);

// The gradients of gelu_times_row.
void gelu_times_row_backward(const float* gate, const float* up, const float* d_out, std::int64_t count, float* d_gate, float* d_up);
void gelu_times_row_backward(const std::uint16_t* gate, const std::uint16_t* up, const std::uint16_t* d_out, std::int64_t count,
                             std::uint16_t* d_gate, std::uint16_t* d_up);

}  // namespace memllm
