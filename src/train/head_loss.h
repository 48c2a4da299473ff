// Cross-entropy over the whole vocabulary, in pieces: the logits of all positions never exist at once.
#pragma once

#include <torch/torch.h>

namespace memllm {

// Sum over rows of weight · −log softmax(hidden · headᵀ)[target]. hidden [N, E], head [V, E] (frozen, no gradient), targets [N] int64,
// weights [N] float. The gradient for hidden is computed in the forward pass, because the head is frozen: one pass over the vocabulary in
// pieces, with a running maximum (the online softmax of FlashAttention, arXiv 2205.14135, §3.1). Peak memory is a piece's. In bfloat16 the
// logits are rounded to 8 bits of mantissa, an error of at most 2⁻⁹ relative (.06 on a logit of 30): noise for training; use float where
// losses are compared closely. row_losses, if given, receives the unweighted loss of every row [N].
torch::Tensor head_loss(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets, const torch::Tensor& weights,
                        torch::Tensor* row_losses = nullptr);

}  // namespace memllm
