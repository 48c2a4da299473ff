#include "llm/logits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "memllm/error.h"

namespace memllm {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> random_logits(std::mt19937_64& random, std::size_t count, double spread) {
  std::normal_distribution<double> normal(0, spread);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = static_cast<float>(normal(random));
  return logits;
}

double slow_log_sum_exp(const std::vector<float>& logits) {
  long double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<long double>(logit));
  return static_cast<double>(std::log(sum));
}

TEST(LogSumExp, AgreesWithDoublePrecisionForEveryLengthAndSpread) {
  std::mt19937_64 random(1);
  for (const double spread : {0.0, 0.1, 3.0, 30.0}) {
    for (const std::size_t count : {1U, 2U, 15U, 16U, 17U, 1023U, 1024U, 1025U, 50000U}) {
      const std::vector<float> logits = random_logits(random, count, spread);
      EXPECT_NEAR(log_sum_exp(logits), slow_log_sum_exp(logits), 1e-6) << count << " values of spread " << spread;
    }
  }
}

TEST(LogSumExp, IsStableFarFromZeroAndAtInfinity) {
  EXPECT_NEAR(log_sum_exp(std::vector<float>{1e30F, 1e30F}), 1e30, 1e23);
  EXPECT_NEAR(log_sum_exp(std::vector<float>{-5000.0F, -5000.0F}), -5000 + std::log(2), 1e-3);
  EXPECT_NEAR(log_sum_exp(std::vector<float>{-kInfinity, 2.0F}), 2, 1e-6);
  EXPECT_EQ(log_sum_exp(std::vector<float>{-kInfinity, -kInfinity}), -kInfinity);
  EXPECT_EQ(log_sum_exp(std::vector<float>{}), -kInfinity);
}

TEST(LogProbability, SumsToOneOverTheVocabulary) {
  std::mt19937_64 random(2);
  const std::vector<float> logits = random_logits(random, 3000, 4);
  const double log_sum = log_sum_exp(logits);
  double sum = 0;
  for (Token token = 0; token < 3000; ++token) sum += std::exp(log_probability(logits, token, log_sum));
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_EQ(log_probability(logits, 7), log_probability(logits, 7, log_sum));
}

TEST(BestToken, AgreesWithAPlainScanUnderAnyRule) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<float> logits = random_logits(random, 1 + random() % 400, 2);
    for (float& logit : logits) {
      if (random() % 4 == 0) logit = std::round(logit);  // ties
      if (random() % 8 == 0) logit = -kInfinity;
      if (random() % 50 == 0) logit = std::numeric_limits<float>::quiet_NaN();
    }
    const std::uint64_t modulus = 1 + random() % 90;
    const auto allowed = [modulus](Token token) { return token % modulus == 0; };
    Token expected = -1;
    for (Token token = 0; token < static_cast<Token>(logits.size()); ++token) {
      if (!allowed(token) || !(logits[token] > -kInfinity)) continue;
      if (expected < 0 || logits[token] > logits[expected]) expected = token;
    }
    EXPECT_EQ(best_token(logits, allowed), expected);
  }
}

TEST(BestToken, AsksOnceWhenTheBestIsAllowed) {
  std::mt19937_64 random(4);
  const std::vector<float> logits = random_logits(random, 5000, 2);
  int asked = 0;
  best_token(logits, [&asked](Token) { return ++asked > 0; });
  EXPECT_EQ(asked, 1);
}

TEST(BestToken, IsMinusOneWhenNothingIsAllowed) {
  EXPECT_EQ(best_token(std::vector<float>{1, 2, 3}, [](Token) { return false; }), -1);
  EXPECT_EQ(best_token(std::vector<float>{}), -1);
  EXPECT_EQ(best_token(std::vector<float>(3, -kInfinity)), -1);
}

TEST(SampleToken, FollowsTheSoftmaxOfTheAllowedTokens) {
  const std::vector<float> logits{0.0F, 1.0F, 2.0F, 3.0F, -kInfinity};
  constexpr double kTemperature = 1.5;
  constexpr int kDraws = 40000;
  std::mt19937_64 random(5);
  std::vector<int> counts(logits.size());
  for (int i = 0; i < kDraws; ++i) ++counts.at(sample_token(logits, kTemperature, random, [](Token token) { return token != 3; }));
  const double sum = 1 + std::exp(1 / kTemperature) + std::exp(2 / kTemperature);
  for (int token = 0; token < 3; ++token) EXPECT_NEAR(counts[token], kDraws * std::exp(token / kTemperature) / sum, 400);
  EXPECT_EQ(counts[3] + counts[4], 0);
}

TEST(SampleToken, FindsTheOneAllowedTokenHoweverImprobable) {
  std::mt19937_64 random(6);
  std::vector<float> logits = random_logits(random, 5000, 1);
  logits[4321] = -20;
  EXPECT_EQ(sample_token(logits, 1.0, random, [](Token token) { return token == 4321; }), 4321);
  EXPECT_EQ(sample_token(logits, 1.0, random, [](Token) { return false; }), -1);
}

TEST(SampleToken, IsGreedyAtTemperatureZeroAndRepeatsWithItsSeed) {
  std::mt19937_64 random(7);
  const std::vector<float> logits = random_logits(random, 500, 1);
  EXPECT_EQ(sample_token(logits, 0, random), best_token(logits));
  EXPECT_EQ(sample_token(logits, 1e-60, random), best_token(logits));
  std::mt19937_64 one(8), other(8);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(sample_token(logits, 1, one), sample_token(logits, 1, other));
  EXPECT_THROW(sample_token(logits, -1, random), Error);
  EXPECT_THROW(sample_token(logits, std::nan(""), random), Error);
}

}  // namespace
}  // namespace memllm
