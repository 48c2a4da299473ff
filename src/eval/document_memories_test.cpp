#include "eval/document_memories.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "testing/english.h"
#include "testing/scripted_model.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

TEST(ScratchMemory, AnswersLikeTheDocumentsLabels) {
  const DocRedDocument document = test::norvane();
  DocRedDocument other = document;
  other.labels.clear();
  const DocumentMemory scratch = scratch_memory(gold_facts, {});
  const QueryFunction query = scratch(document).query;
  const QueryFunction gold = gold_memory()(document).query;
  for (const Query& question : std::vector<Query>{{"Norvane", "founder", std::nullopt},
                                                  {std::nullopt, "founder", "Quill"},
                                                  {"Norvane", "chairperson", std::nullopt},
                                                  {"Norvane", "owner", std::nullopt},
                                                  {"Nobody", "founder", std::nullopt}}) {
    const QueryResult real = query(question), expected = gold(question);
    EXPECT_EQ(real.outcome, expected.outcome);
    ASSERT_EQ(real.matches.size(), expected.matches.size());
    for (std::size_t i = 0; i < real.matches.size(); ++i) EXPECT_EQ(real.matches[i].answer, expected.matches[i].answer);
  }
  EXPECT_EQ(scratch(other).query({"Norvane", "founder", std::nullopt}).outcome, QueryOutcome::kEmpty);
}

TEST(CommonMemory, KnowsAllDocumentsAndNoNameOfTwoEntities) {
  std::vector<DocRedDocument> documents{test::norvane(), test::norvane()};
  for (auto& mention : documents[1].entities[1]) mention.name += " Two";  // another company of the same people
  const DocumentMemory common = common_memory(gold_facts, documents, {});
  const QueryFunction query = common(documents[0]).query;
  EXPECT_EQ(query({"Norvane", "founder", std::nullopt}).outcome, QueryOutcome::kFound);
  EXPECT_EQ(query({"Norvane Two", "founder", std::nullopt}).outcome, QueryOutcome::kFound);
  const QueryResult founded = query({std::nullopt, "founder", "Ada Quill"});
  EXPECT_EQ(founded.matches.size(), 2U);

  EXPECT_EQ(query({std::nullopt, "founder", "Quill"}).matches.size(), 2U);

  documents[1].entities[3].push_back({"Quill", 1, 0, 1, "PER"});  // Bo Marsh's name too
  EXPECT_EQ(common_memory(gold_facts, documents, {})(documents[0]).query({std::nullopt, "founder", "Quill"}).outcome, QueryOutcome::kEmpty);
}

TEST(WrittenFacts, AreWhatTheWriterFindsAndATextIsWrittenOnce) {
  const auto model = std::make_shared<ScriptedModel>(ScriptedModel::Next{});
  const CallFormat format(model, {});
  std::size_t calls = 0;
  const WriteFunction write = [&](std::span<const WriteTask> tasks, const WriteOptions&, const WriteSink& sink, std::stop_token) {
    ++calls;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
      WriteResult result;
      if (task == 0) result.triples.push_back({{"Norvane", "founder", "Ada Quill"}, -0.1});
      sink(task, std::move(result));
    }
  };
  const FactsOf facts = written_facts({write, std::make_shared<const CallFormat>(format), english()}, {});
  EXPECT_EQ(facts(test::norvane()).triples, (std::vector<Triple>{{"Norvane", "founder", "Ada Quill"}}));
  EXPECT_EQ(facts(test::norvane()).triples.size(), 1U);
  EXPECT_EQ(calls, 1U);
}

TEST(LoggedFacts, AreThoseOfTheDocumentsTitle) {
  const ScratchFolder folder;
  const std::filesystem::path log = folder.path() / "writing.jsonl";
  EXPECT_THROW((void)logged_facts(log), Error);
  std::ofstream(log) << R"({"settings":{}})" << '\n'
                     << R"({"item":0,"title":"Norvane","facts":[{"subject":"Norvane","relation":"founder","object":"Ada Quill"}]})" << '\n';
  const FactsOf facts = logged_facts(log);
  DocRedDocument document = test::norvane();
  EXPECT_EQ(facts(document).triples, (std::vector<Triple>{{"Norvane", "founder", "Ada Quill"}}));
  document.title = "Another";
  EXPECT_THROW((void)facts(document), Error);
  std::ofstream(log, std::ios::app) << "{\n";
  EXPECT_THROW((void)logged_facts(log), Error);
}

}  // namespace
}  // namespace memllm
