#include "train/attention.h"

#include <algorithm>
#include <limits>

namespace memllm {

namespace {

constexpr std::int64_t kBlockRows = 256;

// Softmax weights of the query rows [begin, end) over the tokens [0, end), in float: [heads, end - begin, end].
torch::Tensor block_weights(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& visible, double scale,
                            std::int64_t begin, std::int64_t end) {
  torch::Tensor scores = torch::matmul(query.slice(1, begin, end), key.slice(1, 0, end).transpose(1, 2)).to(torch::kFloat);
  scores.mul_(scale);
  scores.masked_fill_(visible.slice(0, begin, end).slice(1, 0, end).logical_not(), -std::numeric_limits<float>::infinity());
  return torch::softmax(scores, -1);
}

torch::Tensor repeat_heads(const torch::Tensor& kv, std::int64_t heads) {
  const std::int64_t groups = heads / kv.size(0);
  return groups == 1 ? kv : kv.unsqueeze(1).expand({kv.size(0), groups, kv.size(1), kv.size(2)}).reshape({heads, kv.size(1), kv.size(2)});
}

torch::Tensor sum_heads(const torch::Tensor& gradient, std::int64_t kv_heads) {
  const std::int64_t groups = gradient.size(0) / kv_heads;
  return groups == 1 ? gradient : gradient.view({kv_heads, groups, gradient.size(1), gradient.size(2)}).sum(1);
}

class MaskedAttention : public torch::autograd::Function<MaskedAttention> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& query, const torch::Tensor& key,
                               const torch::Tensor& value, const torch::Tensor& visible, double scale) {
    context->save_for_backward({query, key, value, visible});
    context->saved_data["scale"] = scale;
    const torch::Tensor keys = repeat_heads(key, query.size(0));
    const torch::Tensor values = repeat_heads(value, query.size(0));
    torch::Tensor out = torch::empty_like(query);
    for (std::int64_t begin = 0; begin < query.size(1); begin += kBlockRows) {
      const std::int64_t end = std::min(begin + kBlockRows, query.size(1));
      const torch::Tensor weights = block_weights(query, keys, visible, scale, begin, end).to(query.scalar_type());
      out.slice(1, begin, end).copy_(torch::matmul(weights, values.slice(1, 0, end)));
    }
    return out;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context, torch::autograd::tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor& query = saved[0];
    const torch::Tensor keys = repeat_heads(saved[1], query.size(0));
    const torch::Tensor values = repeat_heads(saved[2], query.size(0));
    const double scale = context->saved_data["scale"].toDouble();
    const auto type = query.scalar_type();
    torch::Tensor d_query = torch::empty_like(query);
    torch::Tensor d_key = torch::zeros(keys.sizes(), query.options().dtype(torch::kFloat));
    torch::Tensor d_value = torch::zeros_like(d_key);
    for (std::int64_t begin = 0; begin < query.size(1); begin += kBlockRows) {
      const std::int64_t end = std::min(begin + kBlockRows, query.size(1));
      const torch::Tensor weights = block_weights(query, keys, saved[3], scale, begin, end);
      const torch::Tensor d_out = gradients[0].slice(1, begin, end).contiguous();
      d_value.slice(1, 0, end).add_(torch::matmul(weights.to(type).transpose(1, 2), d_out));
      torch::Tensor d_scores = torch::matmul(d_out, values.slice(1, 0, end).transpose(1, 2)).to(torch::kFloat);
      d_scores = (d_scores - (d_scores * weights).sum(-1, true)).mul_(weights).mul_(scale).to(type);
      d_query.slice(1, begin, end).copy_(torch::matmul(d_scores, keys.slice(1, 0, end)));
      d_key.slice(1, 0, end).add_(torch::matmul(d_scores.transpose(1, 2), query.slice(1, begin, end)));
    }
    return {d_query, sum_heads(d_key, saved[1].size(0)).to(type), sum_heads(d_value, saved[2].size(0)).to(type), {}, {}};
  }
};

}  // namespace

torch::Tensor masked_attention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                               const torch::Tensor& visible, double scale) {
  return MaskedAttention::apply(query.contiguous(), key.contiguous(), value.contiguous(), visible, scale);
}

}  // namespace memllm
