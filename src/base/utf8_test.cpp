#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace memllm {
namespace {

TEST(Utf8, SteppingForwardsAndBackwardsMeetsTheSameCharacters) {
  const std::string text = "a\u00e9\u20ac\U0001F600 \xff\xe2\x82z";
  std::size_t at = 0;
  std::size_t valid = 0;
  while (at < text.size()) {
    const Character character = character_at(text, at);
    ASSERT_GT(character.bytes, 0U);
    at += character.bytes;
    if (character.code_point < 0) continue;
    ++valid;
    EXPECT_EQ(character_before(text, at).code_point, character.code_point);
    EXPECT_EQ(character_before(text, at).bytes, character.bytes);
  }
  EXPECT_EQ(at, text.size());
  EXPECT_EQ(valid, 6U);
}

TEST(Utf8, NothingStandsBehindTheEndOrBeforeTheBeginning) {
  EXPECT_EQ(character_at("a", 1).bytes, 0U);
  EXPECT_LT(character_at("", 0).code_point, 0);
  EXPECT_EQ(character_before("a", 0).bytes, 0U);
}

TEST(Utf8, ABoundaryCutsNoCharacter) {
  const std::string text = "x\u20acy";
  EXPECT_EQ(character_boundary(text, 0), 0U);
  EXPECT_EQ(character_boundary(text, 1), 1U);
  EXPECT_EQ(character_boundary(text, 2), 1U);
  EXPECT_EQ(character_boundary(text, 3), 1U);
  EXPECT_EQ(character_boundary(text, 4), 4U);
  EXPECT_EQ(character_boundary(text, text.size()), text.size());
}

}  // namespace
}  // namespace memllm
