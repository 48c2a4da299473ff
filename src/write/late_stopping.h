// Decoding rule: late stopping (paper §4).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "llm/language_model.h"

namespace memllm {

// Generated tokens after the call's header, without the closing marker, and the log-probability of each.
struct CallBody {
  std::vector<Token> tokens;
  std::vector<double> log_probabilities;

  void append(Token token, double log_probability);
  void truncate(std::size_t length);
};

// Where the closing marker is the best token, the place is recorded with the mean log-probability of the call if it stopped there (closing
// marker included), and decoding goes on with the next best token. When `patience` recorded stops in a row have not improved on the best,
// decoding ends and the call is cut at the best.
class LateStopping {
 public:
  struct Stop {
    CallBody body;  // a copy: a roll-back may have changed what followed
    double mean_log_probability = 0;
  };

  explicit LateStopping(int patience) : patience_(patience) {}

  // Returns true when decoding shall end. patience 0: always, at the first stop.
  bool record(const CallBody& body, double close_log_probability);
  const std::optional<Stop>& best() const { return best_; }

 private:
  int patience_;
  int without_improvement_ = 0;
  std::optional<Stop> best_;
};

}  // namespace memllm
