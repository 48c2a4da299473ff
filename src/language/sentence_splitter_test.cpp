#include "language/sentence_splitter.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <string>

#include "base/name.h"
#include "base/text.h"
#include "testing/english.h"

namespace memllm {
namespace {

using Sentences = std::vector<std::string>;

Sentences split(std::string_view text, std::size_t max_bytes = 2'000) {
  Sentences result;
  for (const Span& span : english()->sentences.split(text, max_bytes)) {
    result.emplace_back(text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin)));
  }
  return result;
}

TEST(SentenceSplitter, SplitsPlainText) {
  EXPECT_EQ(split("One is here. Two is \"there.\" Is three? Yes! (Four.) Five"),
            (Sentences{"One is here.", "Two is \"there.\"", "Is three?", "Yes!", "(Four.)", "Five"}));
}

TEST(SentenceSplitter, AbbreviationsAndInitialsDoNotEndASentence) {
  const Sentences whole = {
      "Dr. Smith and Mrs. Jones met Prof. Brown on St. James Street.",
      "J. R. R. Tolkien and J.R.R. Tolkien are one man.",
      "George W. Bush was born in New Haven.",
      "It cost approx. 5 Million, cf. Miller et al. Then it rose.",
      "See No. 5 and Nos. 7 of Vol. 2.",
      "The U.S. Senate met Gov. Brown, Sen. Warren and Lt. Gen. Kim.",
      "Roe v. Wade was decided in Jan. 1973.",
      "Yahoo! was founded by Jerry Yang.",
      "The value is 3.14, version 2.0.1 of e.g. Python.",
      "\"Is it?\" he asked.",
  };
  for (const std::string& text : whole) EXPECT_EQ(split(text), Sentences{text});
}

TEST(SentenceSplitter, ParagraphsEndSentencesAndWrappedLinesDoNot) {
  EXPECT_EQ(
      split("A title without a stop\n\nThe text is wrapped\nover some lines and goes\non here. Next one\nis here too.\r\n\r\nLast"),
      (Sentences{"A title without a stop", "The text is wrapped\nover some lines and goes\non here.", "Next one\nis here too.", "Last"}));
}

TEST(SentenceSplitter, OneStatementALineIsOneSentenceALine) {
  EXPECT_EQ(split("Alice works at Acme\nBob founded Beta in 1990 with Carol and Dave\nCarol left"),
            (Sentences{"Alice works at Acme", "Bob founded Beta in 1990 with Carol and Dave", "Carol left"}));
  EXPECT_EQ(split("Alice works at Acme\nBob left"), (Sentences{"Alice works at Acme", "Bob left"}));
  const std::string wrapped =
      "The company was founded in the summer of 1987 by the then\nAmerican engineer and entrepreneur Ada Smith and her friend\n"
      "Charles Babbage.";
  EXPECT_EQ(split(wrapped), Sentences{wrapped});
}

TEST(SentenceSplitter, MarkdownStructureEndsSentences) {
  EXPECT_EQ(
      split("# The title\nText of it\n## Part two ##\n- one item\n- another item\n  that goes on\n* third\n1. first\n2) second. More\n---\n"
            "| a | b |\n| c | d |\n```\ncode\n```\nEnd"),
      (Sentences{"The title", "Text of it", "Part two ##", "one item", "another item\n  that goes on", "third", "first", "second.", "More",
                 "a | b", "c | d", "code", "End"}));
  EXPECT_EQ(split("Title\n=====\ntext"), (Sentences{"Title", "text"}));
  EXPECT_EQ(split("It was in the year\n14. The emperor died."), (Sentences{"It was in the year\n14.", "The emperor died."}));
  EXPECT_EQ(split("#hashtag stays\n#\n-5 degrees"), (Sentences{"#hashtag stays", "-5 degrees"}));
}

TEST(SentenceSplitter, OtherScriptsHaveSentences) {
  EXPECT_EQ(split("東京は日本の首都です。人口は多いです。"), (Sentences{"東京は日本の首都です。", "人口は多いです。"}));
  EXPECT_EQ(split("Élan vital. Ñandú vive aquí. ¿Dónde? Там. Здесь."),
            (Sentences{"Élan vital.", "Ñandú vive aquí.", "¿Dónde?", "Там.", "Здесь."}));
}

TEST(SentenceSplitter, LongSentencesAreCutAtWhiteSpaceElseAtACharacter) {
  EXPECT_EQ(split("aaaa bbbb cccc dddd", 10), (Sentences{"aaaa bbbb", "cccc dddd"}));
  EXPECT_EQ(split("ééééééé", 5), (Sentences{"éé", "éé", "éé", "é"}));
  EXPECT_EQ(split("abcdef", 0), (Sentences{"abcd", "ef"}));
}

TEST(SentenceSplitter, NothingComesFromNothing) {
  EXPECT_TRUE(split("").empty());
  EXPECT_TRUE(split(" \n\t\r\n \u00A0\u2003").empty());
  EXPECT_TRUE(split("---\n***\n#\n").empty());
}

// Every byte that is neither white space nor a block's marker is in exactly one span, spans are trimmed, valid and short enough.
TEST(SentenceSplitter, AnyTextGivesOrderedTrimmedShortSpans) {
  const Sentences pieces = {"a",  "B",  " ",      "\n",     "\n\n",   ". ", "! ",           "? ",  "Dr. ", "J. ", "é",
                            "東", "。", "\u2028", "\u0085", "\u00A0", "#",  "- ",           "1. ", "|",    "\"",  ")",
                            "(",  "\t", "\r",     "`",      "...",    ";",  "\xEF\xBF\xBD", "😀",   "\x01"};
  std::mt19937 random(5);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (std::size_t count = random() % 40; count > 0; --count) text += pieces[random() % pieces.size()];
    const std::size_t max_bytes = 4 + random() % 30;
    std::int64_t last = 0;
    for (const Span& span : english()->sentences.split(text, max_bytes)) {
      ASSERT_LE(last, span.begin);
      ASSERT_LT(span.begin, span.end);
      ASSERT_LE(span.end, static_cast<std::int64_t>(text.size()));
      ASSERT_LE(span.end - span.begin, static_cast<std::int64_t>(max_bytes));
      const std::string sentence = text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
      ASSERT_TRUE(is_valid_utf8(sentence));
      ASSERT_FALSE(clean_name(sentence).empty());
      ASSERT_EQ(std::string(" \n\t\r").find(sentence.front()), std::string::npos);
      ASSERT_EQ(std::string(" \n\t\r").find(sentence.back()), std::string::npos);
      last = span.end;
    }
  }
}

TEST(SentenceSplitter, TimeGrowsLinearlyWithTheText) {
  const auto seconds = [](const std::string& unit, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += unit;
    const std::clock_t begin = std::clock();  // processor time: other programs do not count
    EXPECT_FALSE(english()->sentences.split(text).empty());
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  for (const std::string unit :
       {"a", "Word. ", "no stop ", "!a", "J. ", "J.", "1.A", "Dr. ", "9", "\n- a", "A\n", ". 1", "é", "(", "\"."}) {
    EXPECT_LT(seconds(unit, 1'000'000), 5.0) << unit;
  }
  EXPECT_LT(seconds("one long line of words without any end ", 10'000'000), 20.0);
}

}  // namespace
}  // namespace memllm
