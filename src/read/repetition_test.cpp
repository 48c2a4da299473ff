#include "read/repetition.h"

#include <gtest/gtest.h>

#include <vector>

namespace memllm {
namespace {

using Penalties = std::map<Token, double>;

Penalties penalties(const std::vector<Token>& text, Token breaker = -1) {
  return repetition_penalties(text, 1, [&](Token token) { return token == breaker; });
}

TEST(Repetition, WhatFollowedTheSameTokensBeforeIsLessLikelyTheMoreOfThemThereAre) {
  EXPECT_EQ(penalties({1, 2, 3, 4, 1, 2}), (Penalties{{3, 1}}));
  EXPECT_EQ(penalties({1, 2, 3, 4, 1, 2, 3}), (Penalties{{4, 1.75}}));
  EXPECT_EQ(penalties({1, 2, 3, 1, 2, 4, 1, 2}), (Penalties{{3, 1}, {4, 1}}));
  EXPECT_EQ(penalties({7, 7, 7}), (Penalties{{7, 1}}));
}

TEST(Repetition, OneTokenMayStandAgainAndNothingGoesOverABreak) {
  EXPECT_TRUE(penalties({1, 2, 3, 1}).empty());
  EXPECT_TRUE(penalties({1, 9, 2, 3, 1, 9, 2}, 9).empty());
  EXPECT_TRUE(penalties({}).empty());
  EXPECT_TRUE(repetition_penalties(std::vector<Token>{1, 2, 3, 1, 2}, 0, [](Token) { return false; }).empty());
}

}  // namespace
}  // namespace memllm
