#include "eval/writing.h"

#include <gtest/gtest.h>

#include "data/test_documents.h"
#include "llm/scripted_model.h"
#include "memllm/error.h"

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
  return [model, by_word, tasks_seen](std::span<const WriteTask> tasks, const WriteOptions&, const WriteSink& sink, std::stop_token) {
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

TEST(CountWritten, AnyAliasCountsOnceAndRelationsAreExact) {
  const DocRedDocument document = norvane();
  WritingResult result;
  const std::vector<Triple> written = {
      {"Norvane", "founder", "Ada Quill"}, {"NORVANE", "founder", "quill"},  // the same label twice
      {"Norvane", "Founder", "Ada Quill"},                                   // another relation
      {"Norvane", "owner", "Ada Quill"},   {"Norvane", "owner", "Quill"},    // the same wrong fact twice
      {"Nobody", "founder", "Ada Quill"},
  };
  count_written(document, written, result);
  EXPECT_EQ(result.gold, 6U);
  EXPECT_EQ(result.correct, 1U);
  EXPECT_EQ(result.written, 4U);
  EXPECT_DOUBLE_EQ(result.precision(), 0.25);
  EXPECT_DOUBLE_EQ(result.recall(), 1.0 / 6);
  EXPECT_DOUBLE_EQ(result.f1(), 2 * 0.25 * (1.0 / 6) / (0.25 + 1.0 / 6));
}

TEST(CountWritten, TheLabelsThemselvesArePerfect) {
  const DocRedDocument document = norvane();
  std::vector<Triple> triples;
  for (const DocRedLabel& label : document.labels) {
    triples.push_back({document.entities[label.head].back().name, label.relation, document.entities[label.tail].back().name});
  }
  WritingResult result;
  count_written(document, triples, result);
  EXPECT_DOUBLE_EQ(result.f1(), 1);
}

TEST(CountWritten, NothingWrittenIsNotAnError) {
  WritingResult result;
  count_written(norvane(), {}, result);
  EXPECT_EQ(result.precision(), 0);
  EXPECT_EQ(result.recall(), 0);
  EXPECT_EQ(result.f1(), 0);
  EXPECT_EQ(WritingResult{}.f1(), 0);
}

TEST(CountWritten, AmbiguousNamesStandForAnyOfTheirEntities) {
  DocRedDocument document = norvane();
  document.entities[4][0].name = "Tessel";  // a land of the same name as the town
  WritingResult result;
  count_written(document, std::vector<Triple>{{"Tessel", "part of", "Tessel"}, {"Norvane", "narrative location", "Tessel"}}, result);
  EXPECT_EQ(result.correct, 2U);
  EXPECT_EQ(result.written, 2U);
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
    const auto write = writes(
        fixture.model, {{"founded", {{{"Norvane", "founder", "Ada Quill"}, -1}}}, {"lies", {{{"Oru", "part of", "Tessel"}, -1}}}}, &tasks);
    const WritingResult result = evaluate_writing(write, fixture.format, documents, options);
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

TEST(EvaluateWriting, FactsBelowTheScoreThresholdAreNotCounted) {
  const Fixture fixture;
  WritingOptions options;
  options.write.min_mean_log_probability = -2;
  const auto write =
      writes(fixture.model, {{"founded", {{{"Norvane", "founder", "Ada Quill"}, -1}, {{"Norvane", "owner", "Ada Quill"}, -3}}}});
  const std::vector<DocRedDocument> documents{norvane()};
  EXPECT_EQ(evaluate_writing(write, fixture.format, documents, options).written, 1U);
}

TEST(EvaluateWriting, CancellingThrows) {
  const Fixture fixture;
  std::stop_source source;
  source.request_stop();
  WritingOptions options;
  options.stop = source.get_token();
  const std::vector<DocRedDocument> documents{norvane()};
  try {
    (void)evaluate_writing(writes(fixture.model, {}), fixture.format, documents, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace memllm
