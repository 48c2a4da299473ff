#include "base/file_fingerprint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/scratch_folder.h"
#include "base/text.h"

namespace memllm {
namespace {

TEST(FileFingerprint, IsTheContentHashOfTheFile) {
  const ScratchFolder folder;
  EXPECT_EQ(file_fingerprint(""), "");
  for (const std::size_t size : {0U, 1U, 17U, 240U, 241U, 1U << 20U, (1U << 20U) + 1U, 3000000U}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 11U);
    std::ofstream(folder / "file", std::ios::binary) << bytes;
    EXPECT_EQ(file_fingerprint(folder / "file"), content_hash(bytes)) << size;
  }
}

}  // namespace
}  // namespace memllm
