#include "terminal/display.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace memllm::cli {
namespace {

TEST(Display, EscapesWhatCouldSteerATerminal) {
  EXPECT_EQ(printable("\033[31mred"), "\\u{1b}[31mred");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\u{0}b");
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(printable("\u009b31m"), "\\u{9b}31m");
  EXPECT_EQ(printable("evil\u202Etxt.exe"), "evil\\u{202e}txt.exe");
  EXPECT_EQ(printable("a\u2028b"), "a\\u{2028}b");
}

TEST(Display, LinesKeepOnlyLineBreaksAndTabs) { EXPECT_EQ(printable_lines("a\nb\tc\x1b]0;x\x07"), "a\nb\tc\\u{1b}]0;x\\u{7}"); }

TEST(Display, KeepsOrdinaryTextOfAnyScript) {
  for (const char* text : {"Zürich", "東京", "नमस्ते", "👩‍🚀 in space", "a — b"}) EXPECT_EQ(printable(text), text);
}

TEST(Display, AnyBytesBecomeValidTextWithoutControls) {
  std::mt19937 random(3);
  for (int i = 0; i < 500; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string shown = printable(bytes);
    EXPECT_TRUE(is_valid_utf8(shown));
    for (const char c : shown) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    EXPECT_EQ(printable(shown), shown);
  }
}

TEST(Display, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("Zürich"), 6u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("東京"), 4u);
}

TEST(Display, CuttingNeverExceedsTheWidth) {
  const std::string text = "a東b京e\u0301cdé";
  for (std::size_t width = 0; width < 14; ++width) {
    const std::string cut = cut_to_width(text, width);
    EXPECT_LE(display_width(cut), width);
    EXPECT_TRUE(is_valid_utf8(cut));
  }
  EXPECT_EQ(cut_to_width("abc", 3), "abc");
  EXPECT_EQ(cut_to_width("abcd", 3), "ab…");
}

TEST(Display, PaddingFillsUpToTheWidth) {
  EXPECT_EQ(pad_to_width("東", 4), "東  ");
  EXPECT_EQ(pad_to_width("abc", 2), "abc");
}

}  // namespace
}  // namespace memllm::cli
