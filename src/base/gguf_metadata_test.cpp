#include "base/gguf_metadata.h"

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

// A header with a value of every shape, and one tensor.
std::string header(std::uint32_t dimension) {
  std::string bytes = "GGUF";
  put(bytes, std::uint32_t{3});
  put(bytes, std::uint64_t{1});
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
  put_string(bytes, "weights");
  put(bytes, std::uint32_t{2});
  put(bytes, std::uint64_t{16});
  put(bytes, std::uint64_t{4});
  put(bytes, std::uint32_t{0});
  put(bytes, std::uint64_t{0});
  return bytes;
}

class GgufMetadataTest : public ::testing::Test {
 protected:
  GgufMetadata read(const std::string& bytes, std::string_view last_key = {}) {
    const auto file = folder_.path() / std::to_string(files_++);  // rewriting one file would wait for the disk
    std::ofstream(file, std::ios::binary) << bytes;
    return GgufMetadata(file, last_key);
  }
  ScratchFolder folder_;
  int files_ = 0;
};

TEST_F(GgufMetadataTest, FindsValuesOfEveryShapeInTheirOrder) {
  const GgufMetadata metadata = read(header(384));
  ASSERT_EQ(metadata.values().size(), 4U);
  EXPECT_EQ(metadata.values()[1].first, "words");
  EXPECT_EQ(metadata.text("general.architecture"), "bert");
  EXPECT_EQ(metadata.integer("bert.embedding_length"), 384);
  const GgufValue* scores = metadata.find("scores");
  ASSERT_NE(scores, nullptr);
  EXPECT_EQ(scores->type, GgufType::kArray);
  EXPECT_EQ(std::get<GgufArray>(scores->value).items, GgufType::kF32);
  EXPECT_EQ(std::get<GgufArray>(scores->value).count, 3U);
  EXPECT_EQ(metadata.find("no such key"), nullptr);
  EXPECT_EQ(metadata.text("bert.embedding_length"), std::nullopt);
  EXPECT_EQ(metadata.integer("general.architecture"), std::nullopt);
  EXPECT_EQ(metadata.number("general.architecture"), std::nullopt);
  EXPECT_EQ(metadata.tensors(), (std::vector<std::string>{"weights"}));
}

TEST_F(GgufMetadataTest, ReadsNoFurtherThanToTheKeyThatIsWanted) {
  const std::string whole = header(384);
  const std::size_t behind_words = whole.find("scores") - sizeof(std::uint64_t);
  EXPECT_EQ(read(whole.substr(0, behind_words), "words").values().size(), 2U);
}

TEST_F(GgufMetadataTest, EveryCutIsAModelError) {
  const std::string whole = header(384);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    try {
      (void)read(whole.substr(0, size));
      ADD_FAILURE() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
  EXPECT_THROW((void)GgufMetadata(folder_.path() / "missing"), Error);
}

TEST_F(GgufMetadataTest, CountsThatTheFileCannotHoldAreErrorsAtOnce) {
  const std::size_t tensors = 8, keys = 16;  // bytes from the beginning
  for (const std::size_t at : {tensors, keys}) {
    std::string bytes = header(384) + std::string(1U << 20U, '\0');
    const std::uint64_t many = std::uint64_t{1} << 60U;
    bytes.replace(at, sizeof many, reinterpret_cast<const char*>(&many), sizeof many);
    EXPECT_THROW((void)read(bytes), Error);
  }
  std::string other_version = header(384);
  other_version[4] = 99;
  EXPECT_THROW((void)read(other_version), Error);
}

TEST_F(GgufMetadataTest, DamagedBytesGiveAValueOrAnError) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string bytes = header(384);
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      (void)read(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
    }
  }
}

}  // namespace
}  // namespace memllm
