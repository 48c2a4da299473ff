#include "embed/recent_vectors.h"

#include <gtest/gtest.h>

namespace memllm {
namespace {

TEST(RecentVectorsTest, KeepsTheMostRecentlyUsed) {
  RecentVectors recent(2);
  recent.put("a", {1});
  recent.put("b", {2});
  ASSERT_NE(recent.find("a"), nullptr);
  recent.put("c", {3});
  EXPECT_EQ(recent.size(), 2U);
  EXPECT_EQ(recent.find("b"), nullptr);
  ASSERT_NE(recent.find("a"), nullptr);
  EXPECT_EQ(*recent.find("a"), std::vector<float>{1});
  EXPECT_EQ(*recent.find("c"), std::vector<float>{3});
}

TEST(RecentVectorsTest, PuttingATextAgainReplacesItsVector) {
  RecentVectors recent(2);
  recent.put("a", {1});
  recent.put("a", {2});
  EXPECT_EQ(recent.size(), 1U);
  EXPECT_EQ(*recent.find("a"), std::vector<float>{2});
}

TEST(RecentVectorsTest, DoesNotKeepLongTexts) {
  RecentVectors recent(2);
  recent.put(std::string(RecentVectors::kMaxTextBytes + 1, 'x'), {1});
  EXPECT_EQ(recent.size(), 0U);
}

}  // namespace
}  // namespace memllm
