// Masked attention with a backward pass that recomputes the weights: memory stays linear in the tokens.
#pragma once

#include <torch/torch.h>

namespace memllm {

// query [heads, T, width], key and value [kv_heads, T, width] (heads a multiple of kv_heads: query head h uses kv head h / (heads /
// kv_heads)), visible [T, T] bool: row t says which tokens t sees; nothing after t may be visible, and every row sees at least itself.
// Returns [heads, T, width] in query's type; the softmax is computed in float. Works in blocks of query rows, so that the
// weights of one block only are in memory (libtorch 1.13 has no scaled_dot_product_attention).
torch::Tensor masked_attention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                               const torch::Tensor& visible, double scale);

}  // namespace memllm
