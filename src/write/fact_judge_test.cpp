#include "write/fact_judge.h"

#include <gtest/gtest.h>

#include "testing/english.h"
#include "testing/test_models.h"

namespace memllm {
namespace {

Sentence sentence(const std::string& text) {
  Sentence sentence;
  sentence.title = "notes";
  sentence.text = text;
  return sentence;
}

// What facts of one sentence share is decoded once.
TEST(FactJudge, FactsAfterOthersAreJudgedAsEachAlone) {
  const std::vector<Sentence> sentences = {sentence("Ada Quill lives in Oslo."), sentence("Her brother Bo has a boat.")};
  const std::vector<Triple> facts = {
      {"Ada Quill", "residence", "Oslo"}, {"Oslo", "residence", "Ada Quill"}, {"Ada Quill", "sibling", "Bo"}};
  for (const std::shared_ptr<LanguageModel>& model : test_models()) {
    const auto format = std::make_shared<const CallFormat>(model, ModelOptions{});
    FactJudge judge(model, format, *english(), {});
    for (const Triple& fact : facts) {
      FactJudge fresh(model, format, *english(), {});
      EXPECT_NEAR(judge(sentences, fact, {}), fresh(sentences, fact, {}), 0.3);  // of several tokens, each decoded in another batch
    }
  }
}

TEST(FactJudge, StopsWhenAsked) {
  const auto model = test_models().front();
  FactJudge judge(model, std::make_shared<const CallFormat>(model, ModelOptions{}), *english(), {});
  const std::vector<Sentence> sentences = {sentence("Ada Quill lives in Oslo.")};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_ANY_THROW((void)judge(sentences, {"Ada Quill", "residence", "Oslo"}, stop.get_token()));
}

// Longer than the context can hold.
TEST(FactJudge, WhatCannotBeReadIsNotFoundStated) {
  const auto model = test_models().front();
  FactJudge judge(model, std::make_shared<const CallFormat>(model, ModelOptions{}), *english(), {});
  const std::vector<Sentence> sentences = {sentence("Ada Quill lives in Oslo.")};
  std::string subject;
  for (int i = 0; i < 5'000; ++i) subject += "word ";
  EXPECT_LT(judge(sentences, {subject, "residence", "Oslo"}, {}), -10);
}

}  // namespace
}  // namespace memllm
