#include "eval/practice.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

PracticeQuestion asked(std::vector<std::string> answers, std::vector<std::string> forbidden = {}) {
  PracticeQuestion question;
  question.answers = std::move(answers);
  question.forbidden = std::move(forbidden);
  return question;
}

TEST(Practice, AnAnswerIsRightWhereItHoldsAllThatIsWantedInOneOfItsWays) {
  EXPECT_EQ(judge_answer(asked({"3|three", "Café"}), "Three, at the cafe", true), PracticeVerdict::kRight);
  EXPECT_EQ(judge_answer(asked({"3|three", "Café"}), "Three", true), PracticeVerdict::kWrong);
  EXPECT_EQ(judge_answer(asked({"3"}), "13", true), PracticeVerdict::kWrong);
  EXPECT_EQ(judge_answer(asked({"Ada"}, {"Bo"}), "Ada, Bo", true), PracticeVerdict::kWrong);
  EXPECT_EQ(judge_answer(asked({}), "Ada", true), PracticeVerdict::kWrong);
  EXPECT_EQ(judge_answer(asked({"Ada"}), "Ada", false), PracticeVerdict::kRefused);
}

TEST(Practice, BelievedFactsAreCountedByWhatPeopleSayOfThem) {
  const ScratchFolder folder;
  EXPECT_TRUE(read_judged_facts(folder.path(), PracticeHalf::kAll).empty());
  std::ofstream(folder.path() / "facts.jsonl")
      << R"({"document": "a/notes.md", "subject": "Ada", "relation": "sibling", "object": "Bo", "verdict": "useful"})"
      << "\n\n"
      << R"({"document": "a/notes.md", "subject": "Bo", "relation": "sibling", "object": "Monday", "verdict": "false"})"
      << "\n";
  const std::vector<JudgedFact> judged = read_judged_facts(folder.path(), PracticeHalf::kAll);
  ASSERT_EQ(judged.size(), 2U);
  EXPECT_EQ(read_judged_facts(folder.path(), PracticeHalf::kChoosing).size(), 2U);
  EXPECT_TRUE(read_judged_facts(folder.path(), PracticeHalf::kReporting).empty());
  BelievedCounts counts;
  const auto believe = [&](const std::string& subject, const std::string& object, const std::string& document) {
    Fact fact;
    fact.subject = subject;
    fact.relation = "sibling";
    fact.object = object;
    fact.sources.resize(1);
    fact.sources[0].document = document;
    counts.add(fact, judged);
  };
  believe("ada", "Bo", "/home/x/a/notes.md");
  believe("Bo", "Monday", "/home/x/a/notes.md");
  believe("Ada", "Bo", "/home/x/b.md");
  EXPECT_EQ(counts.useful, 1U);
  EXPECT_EQ(counts.wrong, 1U);
  EXPECT_EQ(counts.unjudged, 1U);
  std::ofstream(folder.path() / "facts.jsonl") << R"({"document": "a"})"
                                               << "\n";
  EXPECT_THROW((void)read_judged_facts(folder.path(), PracticeHalf::kAll), Error);
}

}  // namespace
}  // namespace memllm
