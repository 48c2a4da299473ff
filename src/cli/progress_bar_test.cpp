#include "cli/progress_bar.h"

#include <gtest/gtest.h>

#include "cli/display.h"

namespace memllm::cli {
namespace {

TEST(ProgressLine, ShowsShareRateAndTimeLeft) {
  Progress progress;
  progress.done = 10;
  progress.total = 40;
  progress.facts = 30;
  progress.what = "notes.txt";
  const std::string line = progress_line("learning", "sentences", progress, 10.0, 0);
  EXPECT_NE(line.find("10/40 sentences"), std::string::npos);
  EXPECT_NE(line.find("30 facts, 3.0 facts/s, 0:30 left"), std::string::npos);
  EXPECT_NE(line.find("notes.txt"), std::string::npos);
}

TEST(ProgressLine, FitsTheTerminalAndEscapesNames) {
  Progress progress;
  progress.total = 3;
  const std::string name = "evil\033[2J" + std::string(200, 'x');
  progress.what = name;
  const std::string line = progress_line("learning", "sentences", progress, 0.0, 60);
  EXPECT_LE(display_width(line), 60u);
  EXPECT_EQ(line.find('\033'), std::string::npos);
}

TEST(ProgressLine, UnknownTotalsAndFinishedWorkNeedNoEstimate) {
  Progress progress;
  progress.done = 5;
  EXPECT_EQ(progress_line("learning", "sentences", progress, 1.0, 0).find("left"), std::string::npos);
  progress.total = 5;
  EXPECT_EQ(progress_line("learning", "sentences", progress, 1.0, 0).find("left"), std::string::npos);
}

}  // namespace
}  // namespace memllm::cli
