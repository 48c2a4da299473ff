#include "ask/corrected_answer.h"

#include <gtest/gtest.h>

#include "testing/english.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

class CorrectedAnswerTest : public StoreTest {
 protected:
  // What becomes of "Lisbon" as the answer from "Mira moved to Lisbon."
  std::string answer(const std::string& question) {
    const auto corrected = corrected_answer(question, {"Lisbon"}, store_.sentences("a", std::nullopt), store_, *english(), {});
    if (!corrected) return "none";
    return corrected->parts.at(0) + (corrected->facts.empty() ? "" : " by fact");
  }

  FactId learn() {
    Statement statement = stated("Mira", "residence", "Lisbon", "model");
    statement.source.document = "a";
    statement.source.sentence = 0;
    statement.source.text = "Mira moved to Lisbon.";
    DocumentRecord record;
    record.name = "a";
    record.content_hash = record.writer = "x";
    const SentenceDraft sentence{0, {0, 21}, statement.source.text, {}, {}, false};
    return store_.put_document(record, std::span(&statement, 1), std::span(&sentence, 1)).facts.at(0);
  }

  Store store_{options()};
};

TEST_F(CorrectedAnswerTest, WhatNobodyCorrectedStays) {
  learn();
  EXPECT_EQ(answer("Which city is Mira's flat in?"), "Lisbon");
}

TEST_F(CorrectedAnswerTest, ACorrectionTakesItsPlace) {
  const FactId fact = learn();
  store_.edit(fact, {}, {}, "Porto", "user");
  EXPECT_EQ(answer("Which city is Mira's flat in?"), "Porto by fact");
  EXPECT_EQ(answer("Where was Mira born?"), "Lisbon");  // that is not what was corrected
  store_.undo(std::nullopt, "user");
  EXPECT_EQ(answer("Which city is Mira's flat in?"), "Lisbon");
}

TEST_F(CorrectedAnswerTest, WhatWasRetractedIsNotSaid) {
  store_.retract(learn(), "wrong", "user");
  EXPECT_EQ(answer("Which city is Mira's flat in?"), "none");
}

}  // namespace
}  // namespace memllm
