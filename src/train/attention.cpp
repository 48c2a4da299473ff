#include "train/attention.h"

#include <limits>
#include <vector>

namespace memllm {

namespace {

// A block's rows of all heads that share a kv head as the rows of one matrix: [kv_heads, heads / kv_heads · rows, width].
torch::Tensor rows_of(const torch::Tensor& heads, const AttentionBlock& block, std::int64_t kv_heads) {
  return heads.slice(1, block.begin, block.end).reshape({kv_heads, -1, heads.size(2)});
}

void put_rows(const torch::Tensor& heads, const AttentionBlock& block, const torch::Tensor& rows) {
  heads.slice(1, block.begin, block.end).copy_(rows.view({heads.size(0), block.end - block.begin, heads.size(2)}));
}

// Softmax weights of a block in float: [kv_heads, heads / kv_heads · rows, C]. query: of rows_of; keys: its columns.
torch::Tensor block_weights(const torch::Tensor& query, const torch::Tensor& keys, const AttentionBlock& block, double scale) {
  torch::Tensor scores = torch::matmul(query, keys.transpose(1, 2)).to(torch::kFloat);
  scores.mul_(scale);
  scores.view({-1, block.hidden.size(0), block.hidden.size(1)}).masked_fill_(block.hidden, -std::numeric_limits<float>::infinity());
  return torch::softmax(scores, -1);
}

class MaskedAttention : public torch::autograd::Function<MaskedAttention> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& query, const torch::Tensor& key,
                               const torch::Tensor& value, std::span<const AttentionBlock> blocks, double scale) {
    torch::autograd::variable_list saved{query, key, value};
    std::vector<std::int64_t> ends;
    torch::Tensor out = torch::empty_like(query);
    for (const AttentionBlock& block : blocks) {
      const torch::Tensor weights =
          block_weights(rows_of(query, block, key.size(0)), key.index_select(1, block.columns), block, scale).to(query.scalar_type());
      put_rows(out, block, torch::matmul(weights, value.index_select(1, block.columns)));
      saved.push_back(block.columns);
      saved.push_back(block.hidden);
      ends.push_back(block.end);
    }
    context->save_for_backward(std::move(saved));
    context->saved_data["ends"] = ends;
    context->saved_data["scale"] = scale;
    return out;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context, torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &query = saved[0], &key = saved[1], &value = saved[2];
    const double scale = context->saved_data["scale"].toDouble();
    const auto type = query.scalar_type();
    torch::Tensor d_query = torch::empty_like(query);
    torch::Tensor d_key = torch::zeros(key.sizes(), query.options().dtype(torch::kFloat));
    torch::Tensor d_value = torch::zeros_like(d_key);
    AttentionBlock block;
    for (std::size_t i = 3; const std::int64_t end : context->saved_data["ends"].toIntVector()) {
      block = {block.end, end, saved[i], saved[i + 1]};
      i += 2;
      const torch::Tensor rows = rows_of(query, block, key.size(0)), d_out = rows_of(gradients[0], block, key.size(0));
      const torch::Tensor keys = key.index_select(1, block.columns), values = value.index_select(1, block.columns);
      const torch::Tensor weights = block_weights(rows, keys, block, scale);
      d_value.index_add_(1, block.columns, torch::matmul(weights.to(type).transpose(1, 2), d_out).to(torch::kFloat));
      torch::Tensor d_scores = torch::matmul(d_out, values.transpose(1, 2)).to(torch::kFloat);
      d_scores = (d_scores - (d_scores * weights).sum(-1, true)).mul_(weights).mul_(scale).to(type);
      put_rows(d_query, block, torch::matmul(d_scores, keys));
      d_key.index_add_(1, block.columns, torch::matmul(d_scores.transpose(1, 2), rows).to(torch::kFloat));
    }
    return {d_query, d_key.to(type), d_value.to(type), {}, {}};
  }
};

}  // namespace

torch::Tensor masked_attention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                               std::span<const AttentionBlock> blocks, double scale) {
  return MaskedAttention::apply(query.contiguous(), key.contiguous(), value.contiguous(), blocks, scale);
}

}  // namespace memllm
