#include "write/late_stopping.h"

#include <gtest/gtest.h>

namespace memllm {
namespace {

CallBody body_of(std::size_t tokens, double log_probability) {
  CallBody body;
  for (std::size_t i = 0; i < tokens; ++i) body.append(1, log_probability);
  return body;
}

TEST(LateStopping, EndsAfterPatienceStopsWithoutABetterOneAndKeepsTheBest) {
  LateStopping stopping(2);
  EXPECT_FALSE(stopping.record(body_of(1, -1.0), -1.0));  // mean -1
  EXPECT_FALSE(stopping.record(body_of(2, -2.0), -2.0));  // worse, 1
  EXPECT_FALSE(stopping.record(body_of(3, -0.5), -0.1));  // better: counted anew
  EXPECT_FALSE(stopping.record(body_of(4, -0.9), -0.9));  // worse, 1
  EXPECT_TRUE(stopping.record(body_of(5, -0.9), -0.9));   // worse, 2
  EXPECT_EQ(stopping.best()->body.tokens.size(), 3U);
  EXPECT_DOUBLE_EQ(stopping.best()->mean_log_probability, (3 * -0.5 - 0.1) / 4);
}

TEST(LateStopping, WithoutPatienceEndsAtTheFirstStop) {
  LateStopping stopping(0);
  EXPECT_TRUE(stopping.record(body_of(0, 0), -0.5));
  EXPECT_DOUBLE_EQ(stopping.best()->mean_log_probability, -0.5);
}

TEST(LateStopping, AnEqualStopIsNoImprovement) {
  LateStopping stopping(1);
  EXPECT_FALSE(stopping.record(body_of(1, -1), -1));
  EXPECT_TRUE(stopping.record(body_of(2, -1), -1));
  EXPECT_EQ(stopping.best()->body.tokens.size(), 1U);
}

}  // namespace
}  // namespace memllm
