// Gemma's norm and gated activation in one pass over memory each: chains of libtorch's operations make a step a sixth longer on a CPU.
#pragma once

#include <torch/torch.h>

namespace memllm {

// x / √(mean(x²) + epsilon) · weight over the last dimension, computed in float. input: float or bfloat16, [..., W], contiguous; weight:
// [W] float, frozen. Returns the shape of input in the type `result`, which is not wider than the input's. Differentiable in input.
torch::Tensor rms_norm(const torch::Tensor& input, const torch::Tensor& weight, double epsilon, torch::Dtype result);

// gelu(gate) · up, gelu by its tanh formula. Both of one type (float or bfloat16) and shape, contiguous. Differentiable in both.
torch::Tensor gelu_times(const torch::Tensor& gate, const torch::Tensor& up);

// The same by libtorch's operations: what runs on a GPU, and what the tests compare with.
torch::Tensor rms_norm_by_parts(const torch::Tensor& input, const torch::Tensor& weight, double epsilon, torch::Dtype result);
torch::Tensor gelu_times_by_parts(const torch::Tensor& gate, const torch::Tensor& up);

}  // namespace memllm
