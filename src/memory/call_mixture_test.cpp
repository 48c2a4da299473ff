#include "memory/call_mixture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace memllm {
namespace {

constexpr double kWeight = CallMixture::kPriorWeight;

TEST(CallMixture, IsTheMixtureOfTheWholeTexts) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> log_probability(-6, 0);
  for (int text = 0; text < 20; ++text) {
    CallMixture mixture;
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
  CallMixture mixture;
  double sum = 0;
  for (int token = 0; token < 5; ++token) sum += mixture.add(-50, -1);
  EXPECT_NEAR(sum, -5 + std::log(1 - kWeight), 1e-6);
}

TEST(CallMixture, AnImpossibleTokenLeavesTheWeightsAsTheyAre) {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  CallMixture mixture;
  EXPECT_EQ(mixture.add(kNever, kNever), kNever);
  EXPECT_NEAR(mixture.add(-1, -1), -1, 1e-12);
  EXPECT_NEAR(mixture.add(kNever, -1), -1 + std::log(1 - kWeight), 1e-12);
  EXPECT_NEAR(mixture.add(-1, -1), -1, 1e-12);
}

}  // namespace
}  // namespace memllm
