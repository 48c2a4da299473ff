#include "base/name.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/text.h"
#include "testing/random_text.h"

namespace memllm {
namespace {

TEST(Name, NormalisingTwiceChangesNothing) {
  std::mt19937 random(2);
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = normalised(random_text(random));
    EXPECT_EQ(normalised(key), key);
    EXPECT_TRUE(is_valid_utf8(key));
  }
}

TEST(Name, SpellingsOfOneNameHaveOneKey) {
  EXPECT_EQ(normalised("  Caf\u00E9\u00A0 de  Flore\n"), normalised("CAFE\u0301 DE FLORE"));
  EXPECT_EQ(normalised("O\u2019Brien \u2013 \u201CBob\u201D"), "o'brien - \"bob\"");
  EXPECT_EQ(normalised("Straße"), normalised("STRASSE"));
  EXPECT_EQ(normalised("zero\u200Bwidth\uFEFF"), "zerowidth");
  EXPECT_EQ(normalised("\u200B \t"), "");
  EXPECT_NE(normalised("Jose"), normalised("José"));
}

TEST(Name, AsciiTakesTheSameWayAsUnicode) {
  std::mt19937 random(3);
  for (int i = 0; i < 2'000; ++i) {
    std::string ascii(random() % 20, ' ');
    for (char& c : ascii) c = static_cast<char>(random() % 128);
    // A trailing non-ASCII letter forces the general path.
    EXPECT_EQ(normalised(ascii + "é"), [&] {
      const bool space = !ascii.empty() && normalised(ascii + "x").find(" x", normalised(ascii).size()) != std::string::npos;
      return normalised(ascii) + (space ? " " : "") + "é";
    }());
  }
}

TEST(Name, CleanNameKeepsTheSpelling) {
  EXPECT_EQ(clean_name("  New \r\n York\t“X”\x01 "), "New York “X”");
  EXPECT_EQ(clean_name("a\xFFz"), "a\uFFFDz");
}

}  // namespace
}  // namespace memllm
