#include "write/late_stopping.h"

#include <numeric>

namespace memllm {

void CallBody::append(Token token, double log_probability) {
  tokens.push_back(token);
  log_probabilities.push_back(log_probability);
}

void CallBody::truncate(std::size_t length) {
  tokens.resize(length);
  log_probabilities.resize(length);
}

bool LateStopping::record(const CallBody& body, double close_log_probability) {
  const double sum = std::accumulate(body.log_probabilities.begin(), body.log_probabilities.end(), close_log_probability);
  const double mean = sum / static_cast<double>(body.tokens.size() + 1);
  if (!best_ || mean > best_->mean_log_probability) {
    best_ = Stop{body, mean};
    without_improvement_ = 0;
  } else {
    ++without_improvement_;
  }
  return without_improvement_ >= patience_;
}

}  // namespace memllm
