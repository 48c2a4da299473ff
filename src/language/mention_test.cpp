#include "language/mention.h"

#include <gtest/gtest.h>

#include <string>

namespace memllm {
namespace {

std::string found(std::string_view text, std::string_view name) {
  const auto span = find_mention(text, name);
  if (!span) return "none";
  return std::to_string(span->begin) + ":" +
         std::string(text.substr(static_cast<std::size_t>(span->begin), static_cast<std::size_t>(span->end - span->begin)));
}

TEST(FindMention, PrefersTheNameAsWrittenAtWordsEdges) {
  EXPECT_EQ(found("Albert met Al.", "Al"), "11:Al");
  EXPECT_EQ(found("al met Al.", "Al"), "7:Al");
  EXPECT_EQ(found("Albert", "Al"), "0:Al");
  EXPECT_EQ(found("PARIS is big", "Paris"), "0:PARIS");
  EXPECT_EQ(found("nothing", "Paris"), "none");
  EXPECT_EQ(found("x", ""), "none");
  EXPECT_EQ(found("", "x"), "none");
}

TEST(FindMention, FoldsCaseBeyondAsciiAndGivesBytes) {
  EXPECT_EQ(found("caf\u00e9 \u00c5NGSTR\u00d6M", "\u00e5ngstr\u00f6m"), "6:\u00c5NGSTR\u00d6M");
  EXPECT_EQ(found("\u6771\u4eac\u90fd\u306f", "\u4eac\u90fd"), "3:\u4eac\u90fd");
}

TEST(Mentions, AsksForWholeAsciiWords) {
  EXPECT_TRUE(mentions("he met al in paris", "al"));
  EXPECT_FALSE(mentions("albert", "al"));
  EXPECT_FALSE(mentions("anything", ""));
}

}  // namespace
}  // namespace memllm
