// Example trees flattened to one sequence of tokens that says what each token sees.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/example_file.h"
#include "train/attention.h"

namespace memllm {

struct PackedBatch {
  torch::Tensor tokens;          // [T] int64
  torch::Tensor positions;       // [T] int64: distance from the example's first token along its branch
  torch::Tensor predictors;      // [N] int64: the position whose output predicts …
  torch::Tensor targets;         // [N] int64: … this token, with …
  torch::Tensor weights;         // [N] float: … this weight
  std::int64_t real_tokens = 0;  // without padding
  // What each token sees: its own branch, itself included; the second cut to the model's sliding window (empty without one).
  std::vector<AttentionBlock> blocks, blocks_window;
};

// Several examples side by side, none sees another. T is padded to a multiple of 64 (few shapes: oneDNN compiles one kernel a shape);
// padding sees itself only and has no loss. sliding_window 0: none. Throws kInvalidArgument for an example whose tree is broken or
// whose token ids are outside the vocabulary.
PackedBatch pack(std::span<const Example* const> examples, std::int64_t sliding_window, std::int64_t vocabulary, torch::Device device);

// Order of one epoch: shuffled by seed, then neighbours of similar length are grouped so that each group has at most max_tokens (an example
// longer than that is a group of its own).
std::vector<std::vector<std::size_t>> group_by_length(std::span<const Example> examples, std::size_t max_tokens, std::uint64_t seed);

}  // namespace memllm
