#include "eval/editing.h"

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

class Editing : public ::testing::Test {
 protected:
  void SetUp() override {
    MemoryOptions options;
    options.folder = folder_.path();
    memory_.emplace(Memory::open(options));
  }

  // "Who leads X?" is written as (X, leader, ANSWER), except for a subject "Lost".
  WriteFunction writer() const {
    return [model = model_](std::span<const WriteTask> tasks, const WriteOptions&, const WriteSink& sink, std::stop_token) {
      for (std::size_t task = 0; task < tasks.size(); ++task) {
        const std::string text = detokenize(*model, tasks[task].focus);
        const auto subject = text.find("leads ") + 6, answer = text.find(" are ") + 5;
        WriteResult result;
        const std::string name = text.substr(subject, text.find('?') - subject);
        if (name != "Lost") result.triples.push_back({{name, "leader", text.substr(answer)}, -0.1});
        sink(task, std::move(result));
      }
    };
  }

  // Looks the last word before "?" up as subject of "leader"; "Deaf" is never looked up, "Mute" is found but not said.
  // To "Adapted" the adapters bring another answer than the base model's.
  AskFunction asker() {
    return [this](const std::string& question, Answerer answerer) {
      AskedAnswer answer;
      const auto begin = question.rfind(' ') + 1;
      const std::string name = question.substr(begin, question.find('?') - begin);
      answer.text = answerer == Answerer::kBaseModel && name == "Adapted" ? "base" : "unknown";
      if (answerer != Answerer::kMemory || name == "Deaf") return answer;
      for (const QueryMatch& match : memory_->query({name, "leader", std::nullopt}).matches) answer.returned.push_back(match.answer);
      if (!answer.returned.empty() && name != "Mute") answer.text = "It is " + answer.returned[0] + ".";
      return answer;
    };
  }

  static ZsreEdit edit(const std::string& name, const std::string& answer, const std::string& unrelated = "Where is Nowhere?") {
    return {name, "Who leads " + name + "?", answer, "The leader is who in " + name + "?", unrelated, "", ""};
  }

  EditingResult evaluate(const std::vector<ZsreEdit>& edits) {
    return evaluate_editing({{writer(), format_, english()}, &*memory_, asker()}, edits);
  }

  ScratchFolder folder_;
  std::optional<Memory> memory_;
  std::shared_ptr<ScriptedModel> model_ = std::make_shared<ScriptedModel>(ScriptedModel::Next{});
  std::shared_ptr<const CallFormat> format_ = std::make_shared<CallFormat>(model_, ModelOptions{});
};

TEST_F(Editing, CountsSuccessesAndWhyTheOthersFailed) {
  const EditingResult result = evaluate({edit("Oru", "Ada Quill"), edit("Lost", "Bo"), edit("Deaf", "Bo"), edit("Mute", "Bo")});
  EXPECT_EQ(result.reliable, 1U);
  EXPECT_EQ(result.general, 1U);
  EXPECT_EQ(result.local, 4U);
  EXPECT_EQ(result.not_written, 1U);
  EXPECT_EQ(result.not_retrieved, 1U);
  EXPECT_EQ(result.not_used, 1U);
  EXPECT_DOUBLE_EQ(result.reliability(), 0.25);
  EXPECT_DOUBLE_EQ(result.average(), 0.5);
  EXPECT_EQ(result.edits[0].written, (std::vector<Triple>{{"Oru", "leader", "Ada Quill"}}));
  EXPECT_TRUE(result.edits[0].target_written);
  EXPECT_FALSE(result.edits[1].target_written);
}

TEST_F(Editing, LaterEditReplacesTheEarlierOne) {
  const EditingResult result = evaluate({edit("Oru", "Ada"), edit("Oru", "BO MARSH")});
  EXPECT_FALSE(result.edits[0].reliable);
  EXPECT_TRUE(result.edits[1].reliable);
  EXPECT_TRUE(result.edits[0].superseded);
  EXPECT_FALSE(result.edits[1].superseded);
  EXPECT_EQ(result.superseded, 1U);
  EXPECT_EQ(result.not_retrieved, 0U);
  EXPECT_EQ(memory_->query({"Oru", "leader", std::nullopt}).matches.size(), 1U);
}

TEST_F(Editing, AnEditThatALaterOneStatesAgainStands) {
  const EditingResult result = evaluate({edit("Oru", "Ada"), edit("Oru", "BO MARSH"), edit("Oru", "Ada")});
  EXPECT_FALSE(result.edits[0].superseded);
  EXPECT_TRUE(result.edits[1].superseded);
  EXPECT_FALSE(result.edits[2].superseded);
  EXPECT_TRUE(result.edits[0].reliable);
}

TEST_F(Editing, AnEditThatChangesAnUnrelatedAnswerIsNotLocal) {
  const EditingResult result = evaluate({edit("Oru", "Ada", "Who is in Oru?"), edit("Tessel", "Bo")});
  EXPECT_FALSE(result.edits[0].local);
  EXPECT_TRUE(result.edits[1].local);
}

TEST_F(Editing, AnswerThatTheAdaptersChangeIsLocalButNotTheBaseModels) {
  const EditingResult result = evaluate({edit("Oru", "Ada"), edit("Tessel", "Bo", "Who is Adapted?")});
  EXPECT_EQ(result.local, 2U);
  EXPECT_EQ(result.as_base, 1U);
  EXPECT_FALSE(result.edits[1].as_base);
  EXPECT_DOUBLE_EQ(result.locality_to_base(), 0.5);
}

TEST_F(Editing, GoldFactsAreTheEditsOwnAndNeedRelations) {
  EditingOptions gold;
  gold.source = EditSource::kGold;
  std::vector<ZsreEdit> edits = {edit("Lost", "Ada Quill"), edit("Deaf", "Bo")};
  const auto evaluate_gold = [&] { return evaluate_editing({{writer(), format_, english()}, &*memory_, asker()}, edits, gold); };
  try {
    (void)evaluate_gold();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("Who leads Lost?"), std::string::npos);
  }
  for (ZsreEdit& each : edits) each.relation = "leader";
  const EditingResult result = evaluate_gold();
  EXPECT_EQ(result.edits[0].written, (std::vector<Triple>{{"Lost", "leader", "Ada Quill"}}));
  EXPECT_EQ(result.reliable, 1U);
  EXPECT_EQ(result.not_written, 0U);
  EXPECT_EQ(result.not_retrieved, 1U);
}

TEST_F(Editing, AnInterruptedRunGoesOnAfterTheLastAnswerOfItsLog) {
  const std::vector<ZsreEdit> edits = {edit("Oru", "Ada"), edit("Mute", "Bo"), edit("Oru", "Cy")};
  const auto file = folder_ / "log.jsonl";
  const RunLog::Json settings{{"eval", "editing"}};
  std::size_t asked = 0, until = 8;
  const auto evaluate_logged = [&](std::span<const ZsreEdit> some) {
    MemoryOptions options;
    options.folder = folder_ / std::to_string(asked);
    memory_.emplace(Memory::open(options));
    RunLog log(file, settings);
    const AskFunction ask = [&, answers = asker()](const std::string& question, Answerer answerer) {
      if (asked == until) throw Error(ErrorKind::kCancelled, "stopped");
      ++asked;
      return answers(question, answerer);
    };
    return evaluate_editing({{writer(), format_, english()}, &*memory_, logged_ask(ask, log)}, some);
  };
  EXPECT_THROW((void)evaluate_logged(edits), Error);
  until = 1000;
  const EditingResult rest = evaluate_logged(edits);
  EXPECT_EQ(asked, edits.size() * 5);
  SetUp();
  const EditingResult whole = evaluate(edits);
  ASSERT_EQ(rest.edits.size(), whole.edits.size());
  for (std::size_t i = 0; i < whole.edits.size(); ++i) {
    EXPECT_EQ(rest.edits[i].reliability.text, whole.edits[i].reliability.text);
    EXPECT_EQ(rest.edits[i].reliability.returned, whole.edits[i].reliability.returned);
    EXPECT_EQ(rest.edits[i].locality_before, whole.edits[i].locality_before);
    EXPECT_EQ(rest.edits[i].superseded, whole.edits[i].superseded);
  }
  EXPECT_EQ(rest.not_used, 1U);
  EXPECT_THROW((void)evaluate_logged(std::span(edits).last(2)), Error);  // other edits
}

TEST_F(Editing, AMemoryWithFactsIsRefused) {
  (void)evaluate({edit("Oru", "Ada")});
  try {
    (void)evaluate({edit("Oru", "Ada")});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  }
}

TEST_F(Editing, ZsreFilesAreReadAndErrorsNamed) {
  const auto file = folder_ / "zsre.json";
  std::ofstream(file) << R"([{"subject":"Oru","prompt":"Who leads Oru?","target_new":"Ada","rephrase_prompt":"r","locality_prompt":"l",
    "locality_answer":"a","case_id":7}])";
  const auto edits = read_zsre(file);
  ASSERT_EQ(edits.size(), 1U);
  EXPECT_EQ(edits[0].target_new, "Ada");
  EXPECT_EQ(edits[0].relation, "");
  std::ofstream(file) << R"([{"subject":"Oru","prompt":"p","target_new":"Ada","rephrase_prompt":"r","locality_prompt":"l",
    "locality_answer":"a","relation":"leader"}])";
  EXPECT_EQ(read_zsre(file).at(0).relation, "leader");
  std::ofstream(file) << R"([{"subject":"Oru"}])";
  try {
    (void)read_zsre(file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("prompt"), std::string::npos);
  }
  EXPECT_THROW((void)read_zsre(folder_ / "none.json"), Error);
}

}  // namespace
}  // namespace memllm
