#include "base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "testing/random_text.h"

namespace memllm {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t max_size) {
  std::string bytes(random() % (max_size + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
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
