#include "ask/question_names.h"

#include <gtest/gtest.h>

namespace memllm {
namespace {

TEST(TextWords, AnotherWordThatIsLikeIt) {
  TextWords words;
  words.add("Paul Meyer serviced the boiler LX-318; invoice 2024-117, the Carrows.");
  EXPECT_TRUE(words.holds_another_like("lx-3180"));
  EXPECT_TRUE(words.holds_another_like("2024-171"));
  EXPECT_TRUE(words.holds_another_like("paula"));
  EXPECT_FALSE(words.holds_another_like("meyer"));
  EXPECT_FALSE(words.holds_another_like("carrow"));
  EXPECT_FALSE(words.holds_another_like("nordwind"));
}

}  // namespace
}  // namespace memllm
