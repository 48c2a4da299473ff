#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "memllm/error.h"

namespace memllm {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t max_size) {
  std::string bytes(random() % (max_size + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Valid text with many characters that normalisation touches.
std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "a",  "B",      "é", "e\u0301", " ",      "\u00A0", "\t",           "“",          "’",      "—",    "İ",
      "ß",  "ﬁ",      "Å", "\u200B",  "\u00AD", "\uFEFF", "\u0308",       "\u00A8",     "\uFE31", "日本", "Ω",
      "\n", "\u2028", "-", "'",       "½",      "Ⅷ",      "\u1E9B\u0323", "\U0001F600", "\u0600"};
  std::string text;
  for (std::size_t i = random() % 12; i > 0; --i) text += kPieces[random() % kPieces.size()];
  return text;
}

TEST(Text, RepairMakesAnyBytesValidAndLeavesValidTextAlone) {
  std::mt19937 random(1);
  for (int i = 0; i < 2'000; ++i) {
    const std::string bytes = random_bytes(random, 40);
    const std::string repaired = repair_utf8(bytes);
    EXPECT_TRUE(is_valid_utf8(repaired));
    EXPECT_EQ(repaired.find('\0'), std::string::npos);
    EXPECT_EQ(repair_utf8(repaired), repaired);
    const std::string text = random_text(random);
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_EQ(repair_utf8(text), text);
  }
  EXPECT_EQ(repair_utf8(std::string("a\0b", 3)), "a\uFFFDb");
  EXPECT_EQ(repair_utf8("a\xE2\x82z"), "a\uFFFDz");
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));  // surrogate
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));      // overlong
}

TEST(Text, NormalisingTwiceChangesNothing) {
  std::mt19937 random(2);
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = normalise_name(random_text(random));
    EXPECT_EQ(normalise_name(key), key);
    EXPECT_TRUE(is_valid_utf8(key));
  }
}

TEST(Text, SpellingsOfOneNameHaveOneKey) {
  EXPECT_EQ(normalise_name("  Caf\u00E9\u00A0 de  Flore\n"), normalise_name("CAFE\u0301 DE FLORE"));
  EXPECT_EQ(normalise_name("O\u2019Brien \u2013 \u201CBob\u201D"), "o'brien - \"bob\"");
  EXPECT_EQ(normalise_name("Straße"), normalise_name("STRASSE"));
  EXPECT_EQ(normalise_name("zero\u200Bwidth\uFEFF"), "zerowidth");
  EXPECT_EQ(normalise_name("\u200B \t"), "");
  EXPECT_NE(normalise_name("Jose"), normalise_name("José"));
}

TEST(Text, AsciiTakesTheSameWayAsUnicode) {
  std::mt19937 random(3);
  for (int i = 0; i < 2'000; ++i) {
    std::string ascii(random() % 20, ' ');
    for (char& c : ascii) c = static_cast<char>(random() % 128);
    // A trailing non-ASCII letter forces the general path.
    EXPECT_EQ(normalise_name(ascii + "é"), [&] {
      const bool space = !ascii.empty() && normalise_name(ascii + "x").find(" x", normalise_name(ascii).size()) != std::string::npos;
      return normalise_name(ascii) + (space ? " " : "") + "é";
    }());
  }
}

TEST(Text, CleanNameKeepsTheSpelling) {
  EXPECT_EQ(clean_name("  New \r\n York\t“X”\x01 "), "New York “X”");
  EXPECT_EQ(clean_name("a\xFFz"), "a\uFFFDz");
}

TEST(Text, HashIsXxh3Of128Bits) {
  EXPECT_EQ(content_hash(""), "99aa06d3014798d86001c324468d497f");  // published test vector of XXH3_128bits
  EXPECT_NE(content_hash("a"), content_hash("b"));
}

TEST(Text, EllipsisNeverCutsACharacter) {
  const std::string text = "aé日\U0001F600z";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string cut = ellipsis(text, n);
    EXPECT_TRUE(is_valid_utf8(cut)) << n;
    EXPECT_LE(cut.size(), n + 3);
  }
  EXPECT_EQ(ellipsis("abc", 3), "abc");
  EXPECT_EQ(ellipsis("abcd", 3), "abc…");
}

}  // namespace
}  // namespace memllm
