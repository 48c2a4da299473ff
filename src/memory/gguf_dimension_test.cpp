#include "memory/gguf_dimension.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

template <typename Value>
void put(std::string& bytes, Value value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_string(std::string& bytes, const std::string& text) {
  put(bytes, static_cast<std::uint64_t>(text.size()));
  bytes += text;
}

// A header with a value of every shape before the one that is looked for.
std::string header(std::uint32_t dimension) {
  std::string bytes = "GGUF";
  put(bytes, std::uint32_t{3});
  put(bytes, std::uint64_t{0});
  put(bytes, std::uint64_t{4});
  put_string(bytes, "general.architecture");
  put(bytes, std::uint32_t{8});
  put_string(bytes, "bert");
  put_string(bytes, "words");
  put(bytes, std::uint32_t{9});
  put(bytes, std::uint32_t{8});
  put(bytes, std::uint64_t{2});
  put_string(bytes, "a");
  put_string(bytes, "bc");
  put_string(bytes, "scores");
  put(bytes, std::uint32_t{9});
  put(bytes, std::uint32_t{6});
  put(bytes, std::uint64_t{3});
  bytes.append(12, '\0');
  put_string(bytes, "bert.embedding_length");
  put(bytes, std::uint32_t{4});
  put(bytes, dimension);
  return bytes;
}

class GgufDimensionTest : public ::testing::Test {
 protected:
  std::size_t dimension_of(const std::string& bytes) {
    const auto file = folder_.path() / std::to_string(files_++);  // rewriting one file would wait for the disk
    std::ofstream(file, std::ios::binary) << bytes;
    return gguf_dimension(file);
  }
  ScratchFolder folder_;
  int files_ = 0;
};

TEST_F(GgufDimensionTest, FindsTheKeyBehindValuesOfAnyShape) { EXPECT_EQ(dimension_of(header(384)), 384U); }

TEST_F(GgufDimensionTest, EveryCutIsAModelError) {
  const std::string whole = header(384);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW((void)dimension_of(whole.substr(0, size)), Error) << size;
  }
  EXPECT_THROW((void)dimension_of(header(0)), Error);
  EXPECT_THROW((void)dimension_of(header(1U << 30U)), Error);
  EXPECT_THROW((void)gguf_dimension(folder_.path() / "missing"), Error);
}

TEST_F(GgufDimensionTest, DamagedBytesGiveAValueOrAnError) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string bytes = header(384);
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      (void)dimension_of(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

}  // namespace
}  // namespace memllm
