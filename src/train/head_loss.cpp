#include "train/head_loss.h"

#include <ATen/Parallel.h>

#include "train/exp_rows.h"

namespace memllm {

namespace {

constexpr std::int64_t kRows = 128;

enum class Gradient { kWanted, kNotWanted };

struct ChunkResult {
  torch::Tensor losses;    // [n] float, unweighted
  torch::Tensor gradient;  // [n, E] float, of the unweighted loss; undefined when not wanted
};

// bfloat16 on the CPU: two passes over the logits in place, normalised after the product.
ChunkResult chunk_in_place(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets, Gradient wanted) {
  torch::Tensor logits = torch::matmul(hidden, head.t()).contiguous();
  const std::int64_t rows = logits.size(0), vocabulary = logits.size(1);
  torch::Tensor losses = torch::empty({rows}, torch::kFloat), sums = torch::empty({rows, 1}, torch::kFloat);
  auto* bits = reinterpret_cast<std::uint16_t*>(logits.data_ptr<at::BFloat16>());
  torch::Tensor chosen = logits.gather(1, targets.unsqueeze(1)).squeeze(1).to(torch::kFloat);
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float log_sum = exponentiate_row(bits + row * vocabulary, vocabulary, sums.data_ptr<float>() + row);
      losses.data_ptr<float>()[row] = log_sum - chosen.data_ptr<float>()[row];
    }
  });
  if (wanted == Gradient::kNotWanted) return {losses, {}};
  torch::Tensor gradient = torch::matmul(logits, head).to(torch::kFloat).div_(sums);
  gradient.sub_(head.index_select(0, targets).to(torch::kFloat));
  return {losses, gradient};
}

ChunkResult chunk_generic(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets, Gradient wanted) {
  const torch::Tensor log_probabilities = torch::log_softmax(torch::matmul(hidden, head.t()).to(torch::kFloat), -1);
  const torch::Tensor losses = log_probabilities.gather(1, targets.unsqueeze(1)).squeeze(1).neg();
  if (wanted == Gradient::kNotWanted) return {losses, {}};
  torch::Tensor gradient = torch::matmul(log_probabilities.exp().to(head.scalar_type()), head).to(torch::kFloat);
  gradient.sub_(head.index_select(0, targets).to(torch::kFloat));
  return {losses, gradient};
}

class HeadLoss : public torch::autograd::Function<HeadLoss> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& hidden, const torch::Tensor& head,
                               const torch::Tensor& targets, const torch::Tensor& weights, const torch::Tensor& row_losses) {
    const Gradient wanted = hidden.requires_grad() ? Gradient::kWanted : Gradient::kNotWanted;
    torch::Tensor gradient = wanted == Gradient::kWanted ? torch::empty_like(hidden) : torch::Tensor();
    const bool in_place = hidden.scalar_type() == torch::kBFloat16 && hidden.device().is_cpu();
    for (std::int64_t begin = 0; begin < hidden.size(0); begin += kRows) {
      const std::int64_t end = std::min(begin + kRows, hidden.size(0));
      const auto part = [&](const torch::Tensor& all) { return all.slice(0, begin, end); };
      const ChunkResult chunk =
          in_place ? chunk_in_place(part(hidden), head, part(targets), wanted) : chunk_generic(part(hidden), head, part(targets), wanted);
      part(row_losses).copy_(chunk.losses);
      if (wanted == Gradient::kWanted) part(gradient).copy_(chunk.gradient * part(weights).unsqueeze(1));
    }
    if (wanted == Gradient::kWanted) context->save_for_backward({gradient});
    return (row_losses * weights).sum();
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context, torch::autograd::tensor_list gradients) {
    const torch::Tensor gradient = context->get_saved_variables()[0];
    return {gradient * gradients[0].to(gradient.scalar_type()), {}, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor head_loss(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets, const torch::Tensor& weights,
                        torch::Tensor* row_losses) {
  torch::Tensor rows = torch::empty({hidden.size(0)}, hidden.options().dtype(torch::kFloat));
  torch::Tensor total = HeadLoss::apply(hidden, head, targets, weights, rows);
  if (row_losses != nullptr) *row_losses = rows;
  return total;
}

}  // namespace memllm
