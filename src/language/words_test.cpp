#include "language/words.h"

#include <gtest/gtest.h>

#include "testing/english.h"

namespace memllm {
namespace {

bool fits(const std::string& question, const std::string& answer) {
  return english()->words.fits_question(question, std::vector<std::string>{answer});
}

TEST(FitsQuestion, PlacesAndPeopleAreNoDates) {
  EXPECT_FALSE(fits("Where was Ada Quill born?", "September 6 , 1911 ."));
  EXPECT_FALSE(fits("Where was Ada Quill born?", "1911"));
  EXPECT_FALSE(fits("Who founded Norvane?", "the 6th century BC"));
  EXPECT_TRUE(fits("Where was Ada Quill born?", "Tessel"));
  EXPECT_TRUE(fits("Where did she live?", "10 Downing Street"));
  EXPECT_TRUE(fits("Who fought there?", "1st Infantry Division"));
  EXPECT_TRUE(fits("What is it called?", "1984"));
  EXPECT_TRUE(fits("Where did Ada Quill live when she died?", "Tessel"));
}

TEST(FitsQuestion, TimesAndCountsHaveADigit) {
  EXPECT_TRUE(fits("When was Norvane founded?", "6 May 1911"));
  EXPECT_FALSE(fits("When was Norvane founded?", "Ada Quill"));
  EXPECT_FALSE(fits("When was Norvane founded?", "2."));
  EXPECT_FALSE(fits("How many people live in Tessel?", "Oru"));
}

}  // namespace
}  // namespace memllm
