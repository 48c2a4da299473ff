// Text that may or may not go on with what a read call returned.
#pragma once

#include <span>
#include <vector>

namespace memllm {

// p(text) = w p(text | call) + (1 - w) p(text | no call), token by token: every token that one of the two expects more moves the weight to
// it (Bayes), so a wrong result costs the whole text at most log(1 / (1 - w)), and a right one gains all but log(1 / w).
class CallMixture {
 public:
  // weight: w of the text's first token, in [0, 1].
  explicit CallMixture(double weight);

  // Log-probability of a token that has these log-probabilities with and without the call; then the weight moves.
  double add(double with_call, double without_call);

  // Log-probabilities of every next token. The rows are logits of one size, the sums the logarithms of their softmaxes' denominators.
  void next(std::span<const float> with_call, double log_sum_with, std::span<const float> without_call, double log_sum_without,
            std::vector<float>& mixed) const;

  // The text has decided: it follows the result, or it does not, with less than one in a hundred left for the other.
  bool confirmed() const;
  bool refuted() const;

 private:
  double with_, without_;  // log weights, of sum 1
};

}  // namespace memllm
