#include "command/suggestion.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace memllm::cli {
namespace {

TEST(Suggestion, DistanceCountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("format", "formt"), 1u);
  EXPECT_EQ(edit_distance("fromat", "format"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggestion, DistanceIsSymmetricAndBoundedByTheLongerText) {
  std::mt19937 random(7);
  const auto word = [&] {
    std::string out(random() % 8, 'a');
    for (char& c : out) c = static_cast<char>('a' + random() % 3);
    return out;
  };
  for (int i = 0; i < 500; ++i) {
    const std::string a = word(), b = word();
    EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
    EXPECT_LE(edit_distance(a, b), std::max(a.size(), b.size()));
    EXPECT_EQ(edit_distance(a, b) == 0, a == b);
  }
}

TEST(Suggestion, NamesTheNearestKnownFlag) {
  const std::vector<std::string> flags{"--json", "--memory", "--model", "--format", "-v"};
  EXPECT_EQ(nearest_name("--jsn", flags), "--json");
  EXPECT_EQ(nearest_name("--memroy", flags), "--memory");
  EXPECT_EQ(nearest_name("--modle", flags), "--model");
}

TEST(Suggestion, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> flags{"--json", "--memory"};
  EXPECT_EQ(nearest_name("--entirely-different", flags), std::nullopt);
  EXPECT_EQ(nearest_name("", flags), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), flags), std::nullopt);
}

TEST(Suggestion, TheBeginningOfOneNameIsEnough) {
  const std::vector<std::string> flags{"--separator-field", "--json"};
  EXPECT_EQ(nearest_name("--sep", flags), "--separator-field");
}

}  // namespace
}  // namespace memllm::cli
