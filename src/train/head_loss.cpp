#include "train/head_loss.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

#include "train/exp_rows.h"

namespace memllm {

namespace {

enum class Gradient { kWanted, kNotWanted };

struct Pieces {
  std::int64_t rows, columns;
};

// What a piece of the logits may take: on the CPU the exponentials stay in its caches, a GPU wants fewer and larger products.
Pieces pieces_for(const torch::Device& device) { return device.is_cpu() ? Pieces{1024, 4096} : Pieces{2048, 32768}; }

struct RowsResult {
  torch::Tensor losses;    // [n] float, unweighted
  torch::Tensor gradient;  // [n, E] float, of the unweighted loss; undefined when not wanted
};

// The softmax of every row while pieces of the vocabulary are added, as RowSum.
class RunningSoftmax {
 public:
  RunningSoftmax(std::int64_t rows, const torch::TensorOptions& options)
      : maximum_(torch::full({rows, 1}, RowSum::kNoLogit, options)), sum_(torch::zeros({rows, 1}, options)) {}

  // logits [n, columns] become exp(logit − maximum). Returns what sums of earlier pieces must be multiplied by: [n, 1] float.
  torch::Tensor add(torch::Tensor& logits) {
    if (logits.device().is_cpu()) {
      return logits.scalar_type() == torch::kBFloat16 ? add_in_place<at::BFloat16, std::uint16_t>(logits)
                                                      : add_in_place<float, float>(logits);
    }
    const torch::Tensor wide = logits.to(torch::kFloat);
    const torch::Tensor larger = torch::maximum(maximum_, wide.amax(1, true));
    const torch::Tensor factor = torch::exp(maximum_ - larger), exponentials = torch::exp(wide - larger);
    sum_ = sum_ * factor + exponentials.sum(1, true);
    maximum_ = larger;
    logits = exponentials.to(logits.scalar_type());
    return factor;
  }

  torch::Tensor sum() const { return sum_; }                                    // [n, 1], relative to the largest logit
  torch::Tensor log_sum() const { return (maximum_ + sum_.log()).squeeze(1); }  // [n]

 private:
  template <typename Element, typename Raw>
  torch::Tensor add_in_place(torch::Tensor& logits) {
    logits = logits.contiguous();
    torch::Tensor factors = torch::empty_like(sum_);
    auto* values = reinterpret_cast<Raw*>(logits.data_ptr<Element>());
    auto *maximum = maximum_.data_ptr<float>(), *sum = sum_.data_ptr<float>(), *factor = factors.data_ptr<float>();
    const std::int64_t columns = logits.size(1);
    at::parallel_for(0, logits.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        RowSum row{maximum[i], sum[i]};
        factor[i] = exponentiate_piece(values + i * columns, columns, row);
        maximum[i] = row.maximum;
        sum[i] = row.sum;
      }
    });
    return factors;
  }

  torch::Tensor maximum_, sum_;  // [n, 1] float
};

// One pass over the vocabulary: the gradient Σ softmax · head is gathered beside the softmax's own sum and divided by it at the end.
RowsResult loss_of_rows(const torch::Tensor& hidden, const torch::Tensor& head, const torch::Tensor& targets, std::int64_t columns,
                        Gradient wanted) {
  const auto options = hidden.options().dtype(torch::kFloat);
  RunningSoftmax softmax(hidden.size(0), options);
  torch::Tensor gradient = wanted == Gradient::kWanted ? torch::zeros(hidden.sizes(), options) : torch::Tensor();
  for (std::int64_t begin = 0; begin < head.size(0); begin += columns) {
    const torch::Tensor piece = head.slice(0, begin, std::min(begin + columns, head.size(0)));
    torch::Tensor logits = torch::matmul(hidden, piece.t());
    const torch::Tensor factor = softmax.add(logits);
    if (wanted == Gradient::kNotWanted) continue;
    gradient.mul_(factor);
    if (logits.scalar_type() == torch::kFloat) {
      gradient.addmm_(logits, piece);
    } else {
      gradient.add_(torch::matmul(logits, piece));
    }
  }
  const torch::Tensor chosen = head.index_select(0, targets).to(torch::kFloat);
  const torch::Tensor target_logits = (hidden.to(torch::kFloat) * chosen).sum(1);
  if (wanted == Gradient::kWanted) gradient.div_(softmax.sum()).sub_(chosen);
  return {softmax.log_sum() - target_logits, gradient};
}

class HeadLoss : public torch::autograd::Function<HeadLoss> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& hidden, const torch::Tensor& head,
                               const torch::Tensor& targets, const torch::Tensor& weights, const torch::Tensor& row_losses) {
    const Gradient wanted = hidden.requires_grad() ? Gradient::kWanted : Gradient::kNotWanted;
    torch::Tensor gradient = wanted == Gradient::kWanted ? torch::empty_like(hidden) : torch::Tensor();
    const Pieces pieces = pieces_for(hidden.device());
    for (std::int64_t begin = 0; begin < hidden.size(0); begin += pieces.rows) {
      const std::int64_t end = std::min(begin + pieces.rows, hidden.size(0));
      const auto part = [&](const torch::Tensor& all) { return all.slice(0, begin, end); };
      const RowsResult result = loss_of_rows(part(hidden), head, part(targets), pieces.columns, wanted);
      part(row_losses).copy_(result.losses);
      if (wanted == Gradient::kWanted) part(gradient).copy_(result.gradient * part(weights).unsqueeze(1));
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
