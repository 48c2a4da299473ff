#include "read/call_mixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "llm/logits.h"

namespace memllm {
namespace {

constexpr double kWeight = 0.3;

TEST(CallMixture, IsTheMixtureOfTheWholeTexts) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> log_probability(-6, 0);
  for (int text = 0; text < 20; ++text) {
    CallMixture mixture(kWeight);
    double with = 0, without = 0, sum = 0;
    for (int token = 0; token < 12; ++token) {
      const double a = log_probability(random), b = log_probability(random);
      with += a;
      without += b;
      sum += mixture.add(a, b);
      EXPECT_NEAR(sum, std::log(kWeight * std::exp(with) + (1 - kWeight) * std::exp(without)), 1e-9);
    }
  }
}

TEST(CallMixture, AWrongResultCostsLittle) {
  CallMixture mixture(kWeight);
  double sum = 0;
  for (int token = 0; token < 5; ++token) sum += mixture.add(-50, -1);
  EXPECT_NEAR(sum, -5 + std::log(1 - kWeight), 1e-6);
}

TEST(CallMixture, AnImpossibleTokenLeavesTheWeightsAsTheyAre) {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  CallMixture mixture(kWeight);
  EXPECT_EQ(mixture.add(kNever, kNever), kNever);
  EXPECT_NEAR(mixture.add(-1, -1), -1, 1e-12);
  EXPECT_NEAR(mixture.add(kNever, -1), -1 + std::log(1 - kWeight), 1e-12);
  EXPECT_NEAR(mixture.add(-1, -1), -1, 1e-12);
}

TEST(CallMixture, TheNextTokensAddUpToOneAndAgreeWithAdding) {
  const std::vector<float> with = {1, 2, 3}, without = {-4, 20, 0};
  const double log_sum_with = log_sum_exp(with), log_sum_without = log_sum_exp(without);
  CallMixture mixture(kWeight);
  mixture.add(-1, -2);
  std::vector<float> next;
  mixture.next(with, log_sum_with, without, log_sum_without, next);
  EXPECT_NEAR(log_sum_exp(next), 0, 1e-6);
  for (std::size_t token = 0; token < next.size(); ++token) {
    CallMixture copy = mixture;
    EXPECT_NEAR(next[token], copy.add(with[token] - log_sum_with, without[token] - log_sum_without), 1e-6);
  }
}

TEST(CallMixture, TheTextDecides) {
  CallMixture right(kWeight), wrong(kWeight);
  EXPECT_FALSE(right.confirmed() || right.refuted());
  right.add(-1, -8);
  wrong.add(-8, -1);
  EXPECT_TRUE(right.confirmed() && !right.refuted());
  EXPECT_TRUE(wrong.refuted() && !wrong.confirmed());
  CallMixture only(1);
  EXPECT_TRUE(only.confirmed());
  EXPECT_EQ(only.add(-3, -1), -3);
}

}  // namespace
}  // namespace memllm
