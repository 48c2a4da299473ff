#include "memory/call_mixture.h"

#include <algorithm>
#include <cmath>

namespace memllm {
namespace {

double log_add(double a, double b) {
  const double top = std::max(a, b);
  return std::isinf(top) ? top : top + std::log(std::exp(a - top) + std::exp(b - top));
}

}  // namespace

CallMixture::CallMixture() : with_(std::log(kPriorWeight)), without_(std::log(1 - kPriorWeight)) {}

double CallMixture::add(double with_call, double without_call) {
  const double with = with_ + with_call, without = without_ + without_call;
  const double both = log_add(with, without);
  if (std::isinf(both)) return both;  // neither expects the token: the weights say nothing
  with_ = with - both;
  without_ = without - both;
  return both;
}

}  // namespace memllm
