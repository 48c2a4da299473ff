#include "base/read_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

ErrorKind kind_of_reading(const std::filesystem::path& file) {
  try {
    (void)read_file(file);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error for " << file;
  return ErrorKind::kInternal;
}

TEST(ReadFile, GivesEveryByte) {
  const ScratchFolder folder;
  std::string content("a\0\r\n", 4);
  content.append(3'000'000, 'x');
  std::ofstream(folder / "a", std::ios::binary) << content;
  EXPECT_EQ(read_file(folder / "a"), content);
  std::ofstream(folder / "empty").flush();
  EXPECT_EQ(read_file(folder / "empty"), "");
}

TEST(ReadFile, SaysWhatIsWrong) {
  const ScratchFolder folder;
  EXPECT_EQ(kind_of_reading(folder / "none"), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_reading(folder.path()), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_reading("/proc/self/mem"), ErrorKind::kIo);  // its first page cannot be read
}

}  // namespace
}  // namespace memllm
