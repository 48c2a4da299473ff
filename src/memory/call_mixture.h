// Text that may or may not go on with what a read call returned.
#pragma once

namespace memllm {

// p(text) = w p(text | call) + (1 - w) p(text | no call), token by token: every token that one of the two expects more moves the weight to
// it (Bayes), so a wrong result costs the whole text at most log(1 / (1 - w)), and a right one gains all but log(1 / w).
class CallMixture {
 public:
  // How often the target is in a kept call's result, on dev: 41 of 90 read points (docs/benchmarks.md).
  static constexpr double kPriorWeight = 0.5;

  CallMixture();

  // Log-probability of a token that has these log-probabilities with and without the call; then the weight moves.
  double add(double with_call, double without_call);

 private:
  double with_, without_;  // log weights, of sum 1
};

}  // namespace memllm
