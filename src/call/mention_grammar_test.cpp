#include "call/mention_grammar.h"

#include <gtest/gtest.h>

namespace memllm {
namespace {

TEST(MentionGrammar, FollowTheTextFromAWordsEdgeToAWordsEdge) {
  MentionGrammar names("Oslo is the capital of Norway. Oslofjord is near Oslo.");
  EXPECT_TRUE(names.admits("Os"));
  EXPECT_TRUE(names.admits("Norway"));
  EXPECT_FALSE(names.admits("slo"));
  EXPECT_FALSE(names.admits(" Oslo"));
  EXPECT_FALSE(names.admits("Paris"));
  EXPECT_FALSE(names.admits(""));
  EXPECT_FALSE(names.is_mention());
  names.set_name("Os");
  EXPECT_TRUE(names.admits("lo"));
  EXPECT_TRUE(names.admits("lof"));
  EXPECT_FALSE(names.admits("car"));
  EXPECT_FALSE(names.is_mention());
  names.set_name("Oslo");
  EXPECT_TRUE(names.is_mention());
  EXPECT_TRUE(names.admits(" is"));
  EXPECT_TRUE(names.admits("fjord"));
  EXPECT_FALSE(names.admits(" near"));
  names.set_name("Oslo ");
  EXPECT_FALSE(names.is_mention());
}

TEST(MentionGrammar, EndWithTheText) {
  MentionGrammar names("in Oslo");
  names.set_name("Oslo");
  EXPECT_TRUE(names.is_mention());
  EXPECT_FALSE(names.admits(" "));
  MentionGrammar none("");
  EXPECT_FALSE(none.admits("a"));
  EXPECT_FALSE(none.is_mention());
}

TEST(MentionGrammar, MayComeInPartsOfACharacter) {
  MentionGrammar names("Z\xC3\xBCrich, \xE6\x9D\xB1\xE4\xBA\xAC");
  EXPECT_TRUE(names.admits("Z\xC3"));
  names.set_name("Z\xC3");
  EXPECT_FALSE(names.is_mention());
  EXPECT_TRUE(names.admits("\xBC"));
  EXPECT_FALSE(names.admits("\xBD"));
  EXPECT_FALSE(MentionGrammar("\xC3\xBC").admits("\xBC"));
  names.set_name("\xE6\x9D\xB1");  // scripts without spaces have an edge at every character
  EXPECT_TRUE(names.is_mention());
}

}  // namespace
}  // namespace memllm
