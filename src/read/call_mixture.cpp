#include "read/call_mixture.h"

#include <algorithm>
#include <cmath>

namespace memllm {
namespace {

constexpr double kUndecided = 0.01;

double log_add(double a, double b) {
  const double top = std::max(a, b);
  return std::isinf(top) ? top : top + std::log1p(std::exp(std::min(a, b) - top));
}

}  // namespace

CallMixture::CallMixture(double weight) : with_(std::log(weight)), without_(std::log1p(-weight)) {}

double CallMixture::add(double with_call, double without_call) {
  const double with = with_ + with_call, without = without_ + without_call;
  const double both = log_add(with, without);
  if (std::isinf(both)) return both;  // neither expects the token: the weights say nothing
  with_ = with - both;
  without_ = without - both;
  return both;
}

void CallMixture::next(std::span<const float> with_call, double log_sum_with, std::span<const float> without_call, double log_sum_without,
                       std::vector<float>& mixed) const {
  mixed.resize(with_call.size());
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    mixed[i] = static_cast<float>(log_add(with_ + with_call[i] - log_sum_with, without_ + without_call[i] - log_sum_without));
  }
}

bool CallMixture::confirmed() const { return without_ < std::log(kUndecided); }
bool CallMixture::refuted() const { return with_ < std::log(kUndecided); }

}  // namespace memllm
