// Masked attention with a backward pass that recomputes the weights: memory stays linear in the tokens.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>

namespace memllm {

// Tokens [begin, end) and what they see.
struct AttentionBlock {
  std::int64_t begin = 0, end = 0;
  torch::Tensor columns;  // [C] int64, ascending: the tokens that at least one row sees
  torch::Tensor hidden;   // [end − begin, C] bool: the row does not see the column; each sees at least one
};

// query [heads, T, width], key and value [kv_heads, T, width] (heads a multiple of kv_heads: query head h uses kv head h / (heads /
// kv_heads)); the blocks hold every row once, in order. Returns [heads, T, width] in query's type; the softmax is computed in float. The
// weights of one block only are in memory (libtorch 1.13 has no scaled_dot_product_attention).
torch::Tensor masked_attention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                               std::span<const AttentionBlock> blocks, double scale);

}  // namespace memllm
