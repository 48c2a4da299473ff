#include "eval/writing.h"

#include <gtest/gtest.h>

#include <utility>

#include "memllm/error.h"
#include "testing/english.h"
#include "testing/scripted_model.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

using test::norvane;

struct Fixture {
  std::shared_ptr<ScriptedModel> model = std::make_shared<ScriptedModel>(ScriptedModel::Next{});
  CallFormat format{model, ModelOptions{}};
};

// Writes the given triples for sentences that contain a word.
WriteFunction writes(const std::shared_ptr<ScriptedModel>& model, std::map<std::string, std::vector<WrittenTriple>> by_word,
                     std::size_t* tasks_seen = nullptr) {
  return [model, by_word = std::move(by_word), tasks_seen](std::span<const WriteTask> tasks, const WriteOptions&, const WriteSink& sink,
                                                           std::stop_token) {
    for (std::size_t task = 0; task < tasks.size(); ++task) {
      if (tasks_seen != nullptr) ++*tasks_seen;
      const std::string focus = detokenize(*model, tasks[task].focus);
      WriteResult result;
      for (const auto& [word, triples] : by_word) {
        if (focus.find(word) != std::string::npos) result.triples.insert(result.triples.end(), triples.begin(), triples.end());
      }
      sink(task, std::move(result));
    }
  };
}

using enum Verdict;

TEST(JudgeWritten, AnyAliasCountsOnceAndRelationsAreExact) {
  const std::vector<Triple> written = {
      {"Norvane", "founder", "Ada Quill"}, {"NORVANE", "founder", "quill"},  // the same label twice
      {"Norvane", "Founder", "Ada Quill"},                                   // another relation
      {"Norvane", "owner", "Ada Quill"},   {"Norvane", "owner", "Quill"},    // the same wrong fact twice
      {"Nobody", "founder", "Ada Quill"},
  };
  const WritingJudgement judgement = judge_written(norvane(), written);
  EXPECT_EQ(judgement.facts, (std::vector<Verdict>{kCorrect, kRepeated, kWrong, kWrong, kRepeated, kWrong}));
  EXPECT_EQ(judgement.found, (std::vector<bool>{true, false, false, false, false, false}));
}

TEST(JudgeWritten, TheLabelsThemselvesArePerfect) {
  const DocRedDocument document = norvane();
  std::vector<Triple> triples;
  for (const DocRedLabel& label : document.labels) {
    triples.push_back({document.entities[label.head].back().name, label.relation, document.entities[label.tail].back().name});
  }
  const WritingJudgement judgement = judge_written(document, triples);
  EXPECT_EQ(judgement.facts, std::vector<Verdict>(6, kCorrect));
  EXPECT_EQ(judgement.found, std::vector<bool>(6, true));
}

TEST(JudgeWritten, NothingWrittenIsNotAnError) {
  EXPECT_TRUE(judge_written(norvane(), {}).facts.empty());
  EXPECT_EQ(WritingResult{}.precision(), 0);
  EXPECT_EQ(WritingResult{}.recall(), 0);
  EXPECT_EQ(WritingResult{}.f1(), 0);
}

TEST(JudgeWritten, AmbiguousNamesStandForAnyOfTheirEntities) {
  DocRedDocument document = norvane();
  document.entities[4][0].name = "Tessel";  // a land of the same name as the town
  const std::vector<Triple> written{{"Tessel", "part of", "Tessel"}, {"Norvane", "narrative location", "Tessel"}};
  EXPECT_EQ(judge_written(document, written).facts, (std::vector<Verdict>{kCorrect, kCorrect}));
}

TEST(EvaluateWriting, CountsOverAllDocumentsWhateverTheBatch) {
  const Fixture fixture;
  const std::vector<DocRedDocument> documents(5, norvane());
  for (const std::size_t batch : {1U, 2U, 100U}) {
    std::size_t tasks = 0;
    WritingOptions options;
    options.batch_documents = batch;
    std::size_t reports = 0;
    options.progress = [&](const Progress& progress) {
      ++reports;
      EXPECT_EQ(progress.total, 5U);
    };
    const auto write =
        writes(fixture.model,
               {{"founded", {{{"Norvane", "founder", "Ada Quill"}, -0.1}}}, {"lies", {{{"Oru", "part of", "Tessel"}, -0.1}}}}, &tasks);
    const WritingResult result =
        evaluate_writing({write, std::make_shared<const CallFormat>(fixture.format), english()}, documents, options);
    EXPECT_EQ(tasks, 15U);
    EXPECT_EQ(result.documents, 5U);
    EXPECT_EQ(result.sentences, 15U);
    EXPECT_DOUBLE_EQ(result.well_formed_share(), 1);
    EXPECT_EQ(result.gold, 30U);
    EXPECT_EQ(result.written, 10U);
    EXPECT_EQ(result.correct, 5U);
    EXPECT_GE(reports, 2U);
  }
}

TEST(EvaluateWriting, MeasuresAreOfDistinctFactsAndLabels) {
  const Fixture fixture;
  const std::vector<DocRedDocument> documents{norvane()};
  const auto write =
      writes(fixture.model, {{"founded", {{{"Norvane", "founder", "Ada Quill"}, -0.1}, {{"Norvane", "rival", "Quill"}, -0.1}}},
                             {"led", {{{"Norvane", "founder", "Quill"}, -0.1}, {{"Norvane", "rival", "Ada Quill"}, -0.1}}}});
  const WritingResult result = evaluate_writing({write, std::make_shared<const CallFormat>(fixture.format), english()}, documents);
  EXPECT_EQ(result.gold, 6U);
  EXPECT_EQ(result.written, 2U);
  EXPECT_DOUBLE_EQ(result.precision(), 0.5);
  EXPECT_DOUBLE_EQ(result.recall(), 1.0 / 6);
  EXPECT_DOUBLE_EQ(result.f1(), 2 * 0.5 * (1.0 / 6) / (0.5 + 1.0 / 6));
}

TEST(EvaluateWriting, WhatFollowsFromTheWrittenCountsByItself) {
  const Fixture fixture;
  std::vector<DocRedDocument> documents{norvane()};
  documents[0].labels.push_back({2, 4, "country", {}});
  documents[0].labels.push_back({4, 2, "has part", {}});
  const auto write = writes(fixture.model, {{"lies", {{{"Tessel", "part of", "Oru"}, 0}}}});
  const WritingResult result = evaluate_writing({write, std::make_shared<const CallFormat>(fixture.format), english()}, documents);
  EXPECT_EQ(result.written, 1U);
  EXPECT_EQ(result.correct, 1U);
  EXPECT_EQ(result.written_and_inferred, 2U);
  EXPECT_EQ(result.correct_and_inferred, 2U);
  EXPECT_DOUBLE_EQ(result.inferred_recall(), 2.0 / 8);
  EXPECT_DOUBLE_EQ(result.inferred_f1(), 2.0 * 2 / (2 + 8));
}

TEST(EvaluateWriting, KnownResultsAreAddedAndNotWrittenAgain) {
  const Fixture fixture;
  const std::vector<DocRedDocument> documents(3, norvane());
  std::size_t tasks = 0;
  const auto write = writes(fixture.model, {{"founded", {{{"Norvane", "founder", "Ada Quill"}, -0.1}}}}, &tasks);
  std::map<std::size_t, DocumentWriting> measured;
  WritingOptions options;
  options.on_document = [&](std::size_t i, const DocumentWriting& one) { measured[i] = one; };
  const WritingResult whole = evaluate_writing({write, std::make_shared<const CallFormat>(fixture.format), english()}, documents, options);
  ASSERT_EQ(measured.size(), 3U);
  EXPECT_EQ(measured[1].facts.size(), 1U);
  EXPECT_EQ(measured[1].judgement.facts, std::vector<Verdict>{kCorrect});
  options.known[1] = measured[1].result;
  measured.clear();
  tasks = 0;
  const WritingResult rest = evaluate_writing({write, std::make_shared<const CallFormat>(fixture.format), english()}, documents, options);
  EXPECT_EQ(tasks, 6U);
  EXPECT_EQ(measured.size(), 2U);
  EXPECT_EQ(rest.documents, 3U);
  EXPECT_EQ(rest.correct, whole.correct);
  EXPECT_EQ(rest.gold, whole.gold);
}

TEST(EvaluateWriting, FactsBelowTheScoreThresholdAreNotCounted) {
  const Fixture fixture;
  WritingOptions options;
  options.write.min_mean_log_probability = -2;
  const auto write =
      writes(fixture.model, {{"founded", {{{"Norvane", "founder", "Ada Quill"}, -1}, {{"Norvane", "owner", "Ada Quill"}, -3}}}});
  const std::vector<DocRedDocument> documents{norvane()};
  options.on_document = [](std::size_t, const DocumentWriting& one) {
    ASSERT_EQ(one.quarantined.size(), 1U);
    EXPECT_EQ(one.quarantined_verdicts, std::vector<Verdict>{Verdict::kWrong});
  };
  EXPECT_EQ(evaluate_writing({write, std::make_shared<const CallFormat>(fixture.format), english()}, documents, options).written, 1U);
}

TEST(EvaluateWriting, CancellingThrows) {
  const Fixture fixture;
  std::stop_source source;
  source.request_stop();
  WritingOptions options;
  options.stop = source.get_token();
  const std::vector<DocRedDocument> documents{norvane()};
  try {
    (void)evaluate_writing({writes(fixture.model, {}), std::make_shared<const CallFormat>(fixture.format), english()}, documents, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace memllm
