#include "command/exit_code.h"

#include <gtest/gtest.h>

#include "memllm/error.h"

namespace memllm::cli {
namespace {

TEST(ExitCode, EveryKindHasItsDocumentedCode) {
  EXPECT_EQ(exit_code(ErrorKind::kNotFound), 1);
  EXPECT_EQ(exit_code(ErrorKind::kInvalidArgument), 2);
  EXPECT_EQ(exit_code(ErrorKind::kConflict), 3);
  EXPECT_EQ(exit_code(ErrorKind::kModel), 4);
  EXPECT_EQ(exit_code(ErrorKind::kIo), 5);
  EXPECT_EQ(exit_code(ErrorKind::kCorrupt), 5);
  EXPECT_EQ(exit_code(ErrorKind::kUnsupported), 6);
  EXPECT_EQ(exit_code(ErrorKind::kInternal), 70);
  EXPECT_EQ(exit_code(ErrorKind::kCancelled), 130);
}

TEST(ExitCode, TheHelpListsEveryCode) {
  for (const char* code : {"  0 ", "  1 ", "  2 ", "  3 ", "  4 ", "  5 ", "  6 ", "  70 ", "  130 "}) {
    EXPECT_NE(exit_code_help().find(code), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace memllm::cli
