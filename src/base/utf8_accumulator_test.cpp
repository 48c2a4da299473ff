#include "base/utf8_accumulator.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"

namespace memllm {
namespace {

TEST(Utf8Accumulator, ValidTextComesThroughHoweverItIsCut) {
  const std::string text = "a\u00e9\u20ac\U0001F600 z\u0301\U0010FFFF";
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    Utf8Accumulator accumulator;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = 1 + random() % 3;
      accumulator.append(std::string_view(text).substr(at, length));
      EXPECT_TRUE(is_valid_utf8(accumulator.text()));
      EXPECT_TRUE(text.starts_with(accumulator.text()));
      at += length;
    }
    accumulator.finish();
    EXPECT_EQ(accumulator.text(), text);
  }
}

TEST(Utf8Accumulator, AnyBytesGiveValidTextAtEveryMoment) {
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    Utf8Accumulator accumulator;
    for (int piece = 0; piece < 8; ++piece) {
      std::string bytes;
      for (std::size_t i = random() % 4; i > 0; --i) bytes += static_cast<char>(random());
      const std::string before = accumulator.text();
      accumulator.append(bytes);
      ASSERT_TRUE(is_valid_utf8(accumulator.text()));
      ASSERT_TRUE(accumulator.text().starts_with(before));
    }
    accumulator.finish();
    ASSERT_TRUE(is_valid_utf8(accumulator.text()));
  }
}

}  // namespace
}  // namespace memllm
