#include "terminal/progress_bar.h"

#include <gtest/gtest.h>

#include "terminal/display.h"

namespace memllm::cli {
namespace {

TEST(ProgressLine, ShowsShareRateAndTimeLeft) {
  Progress progress;
  progress.done = 10;
  progress.total = 40;
  progress.facts = 30;
  progress.what = "notes.txt";
  const std::string line = progress_line("learning", "sentences", progress, 10.0, 30.0, 0);
  EXPECT_NE(line.find("10/40 sentences"), std::string::npos);
  EXPECT_NE(line.find("30 facts, 3.0 facts/s, 0:30 left"), std::string::npos);
  EXPECT_NE(line.find("notes.txt"), std::string::npos);
}

TEST(ProgressLine, FitsTheTerminalAndEscapesNames) {
  Progress progress;
  progress.total = 3;
  const std::string name = "evil\033[2J" + std::string(200, 'x');
  progress.what = name;
  const std::string line = progress_line("learning", "sentences", progress, 0.0, std::nullopt, 60);
  EXPECT_LE(display_width(line), 60u);
  EXPECT_EQ(line.find('\033'), std::string::npos);
}

TEST(TimeLeft, CountsFromTheFirstUnitsDone) {
  TimeLeft left;
  Progress progress;
  progress.total = 40;
  EXPECT_FALSE(left.estimate(progress, 50.0));  // loading
  progress.done = 8;
  EXPECT_FALSE(left.estimate(progress, 60.0));  // no pace yet
  progress.done = 16;
  EXPECT_DOUBLE_EQ(left.estimate(progress, 64.0).value_or(-1), 12.0);
  progress.done = 40;
  EXPECT_FALSE(left.estimate(progress, 80.0));
}

TEST(TimeLeft, UnknownTotalsHaveNoEstimate) {
  TimeLeft left;
  Progress progress;
  for (const std::size_t done : {1U, 5U}) {
    progress.done = done;
    EXPECT_FALSE(left.estimate(progress, static_cast<double>(done)));
  }
}

}  // namespace
}  // namespace memllm::cli
