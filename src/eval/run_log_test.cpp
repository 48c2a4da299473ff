#include "eval/run_log.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Json = RunLog::Json;

class RunLogTest : public testing::Test {
 protected:
  ErrorKind kind_of_opening(const Json& settings) const {
    try {
      RunLog{file_, settings};
    } catch (const Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << "no error";
    return ErrorKind::kInternal;
  }

  const ScratchFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "log.jsonl";
  const Json settings_{{"memory", "gold"}, {"threshold", 0.8}};
};

TEST_F(RunLogTest, GoesOnWhereItStopped) {
  {
    RunLog log(file_, settings_);
    EXPECT_TRUE(log.known().empty());
    log.add(0, {{"loss", 0.1}});
    log.add(2, {{"loss", 1.0 / 3}});
  }
  RunLog log(file_, settings_);
  ASSERT_EQ(log.known().size(), 2U);
  EXPECT_EQ(log.known().at(2)["loss"].get<double>(), 1.0 / 3);  // every bit
  log.add(1, {{"loss", 2.0}});
  EXPECT_EQ(RunLog(file_, settings_).known().size(), 3U);
}

TEST_F(RunLogTest, ALineCutShortIsTakenAway) {
  {
    RunLog log(file_, settings_);
    log.add(0, {{"loss", 0.1}});
    log.add(1, {{"loss", 0.2}});
  }
  const auto whole = std::filesystem::file_size(file_);
  for (std::uintmax_t size = whole; size-- > 0;) {
    std::filesystem::resize_file(file_, size);
    RunLog log(file_, settings_);
    EXPECT_LE(log.known().size(), 1U);
    log.add(7, {{"loss", 0.7}});
    EXPECT_EQ(RunLog(file_, settings_).known().count(7), 1U) << size;
  }
}

TEST_F(RunLogTest, ResultsOfOtherSettingsAreAConflict) {
  { RunLog log(file_, settings_); }
  EXPECT_EQ(kind_of_opening({{"memory", "written"}, {"threshold", 0.8}}), ErrorKind::kConflict);
}

TEST_F(RunLogTest, AnotherFileIsNotOverwritten) {
  for (const char* content : {"notes", "notes\nmore\n", "{\"a\":1}\n", "{\"a\":1}"}) {
    std::ofstream(file_, std::ios::trunc) << content;
    EXPECT_EQ(kind_of_opening(settings_), ErrorKind::kInvalidArgument) << content;
    std::ifstream in(file_);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), content);
  }
}

TEST_F(RunLogTest, AFolderThatIsNotThereIsAnIoError) {
  try {
    RunLog log(folder_.path() / "none" / "log.jsonl", settings_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
  }
}

}  // namespace
}  // namespace memllm
