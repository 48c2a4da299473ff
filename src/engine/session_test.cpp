// Session with a scripted model: learn, complete and ask on one memory.
#include "memllm/session.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "base/scratch_folder.h"
#include "engine/session_impl.h"
#include "memllm/error.h"
#include "testing/english.h"
#include "testing/made_up_language.h"
#include "testing/read_script.h"
#include "testing/test_clock.h"
#include "testing/word_embedder.h"

namespace memllm {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  static constexpr const char* kRead = "read";
  SessionTest() {
    options_.read_adapter = kRead;
    options_.write_adapter = "write";
    options_.context_tokens = 2'048;
  }
  Memory::Impl& memory() {
    if (!memory_) {
      MemoryOptions options;
      options.folder = folder_.path();
      options.clock = ticking_clock();
      options.language = language_;
      memory_ = std::make_unique<Memory::Impl>(options, with_embedder_ ? std::make_unique<WordEmbedder>() : nullptr);
    }
    return *memory_;
  }
  Session::Impl& session() {
    if (!session_) session_ = std::make_unique<Session::Impl>(memory(), script_.model(), options_, "adapter");
    return *session_;
  }
  FactId add(const std::string& subject, const std::string& relation, const std::string& object) {
    Statement statement;
    statement.triple = {subject, relation, object};
    statement.source.author = "user";
    return memory().store.add(std::span(&statement, 1)).front();
  }
  Answer ask(const std::string& question) { return session().ask(question, {}, {}); }

  ScratchFolder folder_;
  ReadScript script_;
  ModelOptions options_;
  bool with_embedder_ = false;
  std::string language_;  // empty: English
  std::unique_ptr<Memory::Impl> memory_;
  std::unique_ptr<Session::Impl> session_;
};

TEST_F(SessionTest, TheModelsQueryFindsTheAnswer) {
  const FactId id = add("Acme", "founded by", "Jane Doe");
  add("Acme", "inception", "1990");
  script_.say("answer is({", "MEM_READ(Acme>>founded by>>)-->", kRead);
  const Answer answer = ask("Who founded Acme?");
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  EXPECT_EQ(answer.text, "Jane Doe");
  ASSERT_EQ(answer.facts.size(), 1U);
  EXPECT_EQ(answer.facts[0].id, id);
  ASSERT_EQ(answer.completion.calls.size(), 1U);
  EXPECT_EQ(answer.completion.calls[0].returned, (std::vector<std::string>{"Jane Doe"}));
}

TEST_F(SessionTest, AQueryAboutAnotherEntityIsHeldToTheQuestions) {
  add("Acme", "founded by", "Jane Doe");
  add("Apple", "founded by", "Steve");
  script_.say("answer is({", "MEM_READ(Apple>>founded by>>)-->", kRead);
  const Answer answer = ask("Who was it that founded Acme?");
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  EXPECT_EQ(answer.text, "Jane Doe");
  EXPECT_EQ(answer.completion.calls.at(0).queries, (std::vector<Query>{{"Acme", "founded by", std::nullopt}}));
}

TEST_F(SessionTest, TheNearestRelationHelpsWhereTheModelsFails) {
  add("Acme", "founded by", "Jane Doe");
  add("Acme", "inception", "1990");
  add("Bob", "employer", "Acme");
  script_.say("answer is({", "MEM_READ(Acme>>nonsense>>)-->", kRead);
  EXPECT_EQ(ask("Who founded Acme?").text, "Jane Doe");
  EXPECT_EQ(ask("What is the inception of acme's?").text, "1990");
  EXPECT_EQ(ask("Who is employed by Acme?").text, "Bob");
}

TEST_F(SessionTest, AnswersAsItWasBelievedThen) {
  const FactId id = add("Acme", "founded by", "Jane Doe");
  const Timestamp then = memory().store.get(id)->recorded_at;
  memory().store.retract(id, "wrong", "user");
  ReadOptions options;
  EXPECT_EQ(session().ask("Who founded Acme?", options, {}).origin, Answer::Origin::kNone);
  options.as_of = then;
  const Answer answer = session().ask("Who founded Acme?", options, {});
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  EXPECT_EQ(answer.text, "Jane Doe");
}

TEST_F(SessionTest, AResultThatDoesNotFitTheQuestionIsNotShown) {
  add("Acme", "founded by", "1990");
  script_.say("answer is({", "MEM_READ(Acme>>founded by>>)-->", kRead);
  const Answer answer = ask("Who founded Acme?");
  EXPECT_EQ(answer.origin, Answer::Origin::kNone);
  ASSERT_EQ(answer.completion.calls.size(), 1U);
  EXPECT_TRUE(answer.completion.calls[0].returned.empty());
  EXPECT_EQ(answer.completion.calls[0].dropped_because, DropReason::kUnfitForAnswer);
}

TEST_F(SessionTest, ALongWordOfPunctuationIsOnlyAWord) {
  add("Acme", "founded by", "Jane Doe");
  options_.context_tokens = 1'000'000;
  EXPECT_EQ(ask("Who is Acme" + std::string(30'000, '!')).origin, Answer::Origin::kNone);
}

TEST_F(SessionTest, WithoutFactsTheBaseModelGuessesOnlyIfTold) {
  add("Acme", "founded by", "Jane Doe");
  script_.say("answer is", " forty two.", "");
  script_.say("answer is", " adapter nonsense", kRead);
  for (const char* question :
       {"Who founded Globex?", "What is the weather?", "When was Acme founded?", "?", "({MEM_READ(Acme>>founded by>>)-->"}) {
    EXPECT_EQ(ask(question).origin, Answer::Origin::kNone) << question;
    EXPECT_EQ(ask(question).text, "") << question;
    ReadOptions options;
    options.guess = true;
    const Answer answer = session().ask(question, options, {});
    EXPECT_EQ(answer.origin, Answer::Origin::kModel) << question;
    EXPECT_TRUE(answer.facts.empty()) << question;
    EXPECT_EQ(answer.text, "forty two.") << question;
  }
  EXPECT_THROW((void)ask(" \n"), Error);
}

TEST_F(SessionTest, AnswersOfManyFactsAreJoined) {
  add("Acme", "founded by", "Jane Doe");
  add("Acme", "founded by", "Al");
  options_.read_adapter.clear();
  const Answer answer = ask("Who founded Acme?");
  EXPECT_EQ(answer.facts.size(), 2U);
  EXPECT_NE(answer.text.find("Jane Doe"), std::string::npos);
  EXPECT_NE(answer.text.find("Al"), std::string::npos);
}

TEST_F(SessionTest, VectorsFindAnEntityThatIsWrittenDifferently) {
  with_embedder_ = true;
  add("Acme Widget Company", "founded by", "Jane Doe");
  memory().options.thresholds.entity = 0.6;  // two of three words are the same
  const Answer answer = ask("Who founded Acme Widget Corporation?");
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  ASSERT_EQ(answer.taken_names.size(), 1U);
  EXPECT_EQ(answer.taken_names[0].asked, "Acme Widget Corporation");
  EXPECT_EQ(answer.taken_names[0].name, "Acme Widget Company");
  EXPECT_EQ(ask("Who founded Globex?").origin, Answer::Origin::kNone);
}

TEST_F(SessionTest, VectorsFindAnEntityAsItWasBelievedThen) {
  with_embedder_ = true;
  const FactId id = add("Acme Widget Company", "founded by", "Jane Doe");
  memory().options.thresholds.entity = 0.6;
  ReadOptions options;
  options.as_of = memory().store.get(id)->recorded_at;
  memory().store.retract(id, "wrong", "user");
  EXPECT_EQ(session().ask("Who founded Acme Widget Corporation?", options, {}).origin, Answer::Origin::kMemory);
  EXPECT_EQ(ask("Who founded Acme Widget Corporation?").origin, Answer::Origin::kNone);
}

TEST_F(SessionTest, MoreAnswersThanAreShownAreHintedAt) {
  with_embedder_ = true;
  add("Bo Marsh", "spouse", "Ada Quill");
  for (const char* child : {"Al", "Cy", "Di", "Ed"}) add("Ada Quill", "child", child);
  ReadOptions options;
  options.max_results = 2;
  const Answer answer = session().ask("Who are the children of the spouse of Bo Marsh?", options, {});
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  EXPECT_TRUE(answer.text.ends_with(", \u2026")) << answer.text;
}

TEST_F(SessionTest, AnswersOverTwoFactsRestOnBoth) {
  with_embedder_ = true;
  const FactId first = add("The Salt Ladder", "director", "Bo Marsh");
  add("The Salt Ladder", "country of origin", "Oru");
  const FactId second = add("Bo Marsh", "spouse", "Ada Quill");
  const Answer answer = ask("Who is the spouse of the director of The Salt Ladder?");
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  EXPECT_EQ(answer.text, "Ada Quill");
  ASSERT_EQ(answer.facts.size(), 2U);
  EXPECT_EQ(answer.facts[0].id, first);
  EXPECT_EQ(answer.facts[1].id, second);
}

TEST_F(SessionTest, AnInferredAnswerRestsOnTheFactsThatItFollowsFrom) {
  with_embedder_ = true;
  const FactId within = add("Old Mill", "located in the administrative territorial entity", "Tessel");
  const FactId country = add("Tessel", "country", "Oru");
  const Answer answer = ask("What is the country of Old Mill?");
  EXPECT_EQ(answer.origin, Answer::Origin::kMemory);
  EXPECT_EQ(answer.text, "Oru");
  ASSERT_EQ(answer.facts.size(), 2U);
  EXPECT_EQ(answer.facts[0].id, within);
  EXPECT_EQ(answer.facts[1].id, country);
}

TEST_F(SessionTest, TheQuestionMarkIsNoPartOfANameThatEndsInPunctuation) {
  with_embedder_ = true;
  add("USS Quill (SSN-704)", "country", "Oru");
  add("Tessel!", "country", "Oru");
  EXPECT_EQ(ask("What is the country of USS Quill (SSN-704)?").text, "Oru");
  EXPECT_EQ(ask("What is the country of Tessel!?").text, "Oru");
}

TEST_F(SessionTest, ARelationThatTheMemoryDoesNotHaveIsNotAnsweredWithAnother) {
  with_embedder_ = true;
  add("Bo Marsh", "place of birth", "Tessel");
  script_.say("answer is({", "MEM_READ(Bo Marsh>>place of birth>>)-->", kRead);
  EXPECT_EQ(ask("Where was Bo Marsh born?").text, "Tessel");
  const Answer answer = ask("Which official language does Bo Marsh have?");
  EXPECT_EQ(answer.origin, Answer::Origin::kNone);
  EXPECT_TRUE(answer.facts.empty());
}

TEST_F(SessionTest, YesNoAndNumbersAreSaidFromFacts) {
  with_embedder_ = true;
  add("Old Mill", "owner of", "Tessel Weir");
  add("Tessel Mill", "capital", "Bo");
  for (const char* child : {"Al Marsh", "Cy Marsh", "Di Marsh"}) add("Ada Quill", "child", child);
  EXPECT_EQ(ask("How many are the child of Ada Quill?").text, "3: Di Marsh, Cy Marsh, Al Marsh");
  EXPECT_EQ(ask("Is the capital of Tessel Mill Bo?").text, "yes");
  EXPECT_EQ(ask("Is the capital of Tessel Mill Al Marsh?").text, "no: Bo");
  add("Bo Lind", "is not spouse of", "Cy Marsh");
  EXPECT_EQ(ask("Is Bo Lind the spouse of Cy Marsh?").text, "no");
}

TEST_F(SessionTest, KinAndNegatedRelationsDoNotAnswerForOthers) {
  with_embedder_ = true;
  add("Timo Alm", "mother", "Noor Alm");
  add("Old Mill", "no longer owned by", "Otto Reis");
  EXPECT_EQ(ask("Who is the mother of Timo Alm?").text, "Noor Alm");
  for (const char* question :
       {"Who is the father of Timo Alm?", "Who is Timo Alm's wife?", "Who owned Old Mill?", "Who is Old Mill owned by?"}) {
    EXPECT_EQ(ask(question).origin, Answer::Origin::kNone) << question;
  }
}

TEST_F(SessionTest, WhatHasEndedDoesNotAnswerForThePresent) {
  with_embedder_ = true;
  const auto add_between = [&](const std::string& object, const char* from, const char* to) {
    Statement statement;
    statement.triple = {"Corvin", "director", object};
    statement.source.author = "user";
    statement.valid_from = parse_timestamp(from);
    if (*to != '\0') statement.valid_to = parse_timestamp(to);
    memory().store.add(std::span(&statement, 1));
  };
  add_between("Hana Sole", "2015-01-01", "2021-06-30");
  add_between("Ivo Pell", "2021-07-01", "");
  EXPECT_EQ(ask("Who is the director of Corvin?").text, "Ivo Pell");
  EXPECT_EQ(ask("Who was the director of Corvin in 2018?").text, "Hana Sole");
  EXPECT_EQ(ask("Who is the former director of Corvin?").text, "Hana Sole");
}

TEST_F(SessionTest, CompleteReadsTheMemoryAndItsTextIsNotLearned) {
  add("Acme", "founded by", "Jane Doe");
  script_.say("founded by", "({MEM_READ(Acme>>founded by>>)-->", kRead);
  script_.say("Jane Doe})", " Jane Doe.", kRead);
  script_.prefer("founded by", {" a", " some", " an"}, "");
  const Completion completion = session().complete("Acme was founded by", {}, {});
  EXPECT_EQ(completion.text, " Jane Doe.");
  EXPECT_EQ(completion.calls.size(), 1U);
  script_.say("MEM_WRITE-->", "Acme>>founded by>>Jane Doe})", "write");
  const std::vector<Document> documents = {{"copy", "Acme was founded by Jane Doe.", {}}, {"new", "Acme of Jane Doe.", {}}};
  const auto reports = session().learn(documents, {}, LearnMode::kStore, {}, {}).documents;
  EXPECT_EQ(reports[0].facts.size(), 0U);
  EXPECT_EQ(reports[1].facts.size(), 1U);
}

TEST_F(SessionTest, WithoutAWriteAdapterSentencesAreKept) {
  script_.say("MEM_WRITE-->", "Acme>>founded by>>Jane Doe})", "write");
  const std::vector<Document> documents = {{"a", "Acme was founded by Jane Doe.", {}}};
  options_.write_adapter.clear();
  EXPECT_TRUE(session().learn(documents, {}, LearnMode::kStore, {}, {}).documents[0].facts.empty());
  EXPECT_EQ(memory().store.sentences("a", {}).at(0).text, "Acme was founded by Jane Doe.");
  session_.reset();
  options_.write_adapter = "write";
  EXPECT_EQ(session().learn(documents, {}, LearnMode::kStore, {}, {}).documents[0].facts.size(), 1U);
  session_.reset();
  options_.write_adapter.clear();
  const auto again = session().learn(documents, {}, LearnMode::kStore, {}, {}).documents[0];
  EXPECT_EQ(again.state, DocumentReport::State::kUnchanged);
  const std::vector<Document> changed = {{"a", "Acme was founded by Jane Doe. It rained.", {}}};
  session().learn(changed, {}, LearnMode::kStore, {}, {});
  const MemoryStats stats = memory().store.stats();
  EXPECT_EQ(stats.facts + stats.quarantined, 1U);  // its sentence still stands
}

TEST_F(SessionTest, AMemoryWithoutAModelKeepsSentencesAndFindsThem) {
  MemoryOptions options;
  options.folder = folder_.path();
  Memory memory = Memory::open(options);
  const std::vector<Document> documents = {
      {"/a/notes.md", "# Shed\n\nThe key hangs behind the door.\n\nBo painted it in May. He used green.", {}, "", "Ada Quill"}};
  EXPECT_EQ(memory.keep(documents).documents.at(0).sentences, 4U);
  EXPECT_EQ(memory.keep(documents).documents.at(0).state, DocumentReport::State::kUnchanged);
  SearchOptions search;
  search.neighbours = 1;
  const auto hits = memory.find("where is the key?", search);
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits[0].sentence->text, "The key hangs behind the door.");
  EXPECT_EQ(hits[0].sentence->heading, "Shed");
  EXPECT_EQ(hits[0].before.at(0).text, "Shed");
  EXPECT_EQ(hits[0].after.at(0).text, "Bo painted it in May.");
  search.speaker = "ada quill";
  EXPECT_FALSE(memory.find("key", search).empty());
  search.speaker = "Bo";
  EXPECT_TRUE(memory.find("key", search).empty());
  EXPECT_THROW((void)memory.find(" "), Error);
  Statement statement;
  statement.triple = {"The shed's key", "kept by", "Bo"};
  memory.add(statement);
  EXPECT_TRUE(std::ranges::any_of(memory.find("key"), [](const SearchHit& hit) { return !hit.sentence && hit.facts.size() == 1; }));
  EXPECT_EQ(memory.documents().at(0).title, "notes");
  memory.undo();
  memory.undo();
  EXPECT_TRUE(memory.documents().empty());
}

TEST_F(SessionTest, AMemoryWithoutAModelCanBeEditedAndAsked) {
  MemoryOptions options;
  options.folder = folder_.path();
  Memory memory = Memory::open(options);
  Statement statement;
  statement.triple = {"Acme", "founded by", "Jane Doe"};
  statement.source.author = "user";
  const FactId id = memory.add(statement);
  Memory moved = std::move(memory);
  EXPECT_EQ(moved.query({"acme", "founded by", std::nullopt}).matches.at(0).fact.id, id);
  EXPECT_EQ(moved.stats().facts, 1U);
  options.folder.clear();
  EXPECT_THROW((void)Memory::open(options), Error);
  options.folder = folder_.path() / "new";
  options.embedder = folder_.path() / "missing.gguf";
  EXPECT_THROW((void)Memory::open(options), Error);
}

// What was English in the program would not be understood here.
TEST_F(SessionTest, AnotherLanguageIsAnotherFolder) {
  with_embedder_ = true;
  const ScratchFolder pack;
  write_language(pack.path(), made_up_language());
  language_ = pack.path();
  add("Ada Quill", "bora", "Tessel");
  EXPECT_EQ(ask("Boravi Ada Quill ul?").text, "Tessel");
  const Answer inferred = ask("Darovi Tessel ul?");  // by the pack's rule
  EXPECT_EQ(inferred.origin, Answer::Origin::kMemory);
  EXPECT_EQ(inferred.text, "Ada Quill");
  EXPECT_EQ(ask("Where was Ada Quill born?").origin, Answer::Origin::kNone);
}

}  // namespace
}  // namespace memllm
