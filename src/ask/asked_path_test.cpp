#include "ask/asked_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "testing/english.h"
#include "testing/word_embedder.h"

namespace memllm {
namespace {

class AskedPathTest : public ::testing::Test {
 protected:
  AskedPathTest() {
    StoreOptions options;
    options.folder = folder_ / "memory";
    store_ = std::make_unique<Store>(options);
    wordings_ = std::make_unique<WordingVectors>(embedder_, english()->wordings, std::array{folder_.path()}, Logger{});
  }
  void add(const std::string& subject, const std::string& relation, const std::string& object, const std::string& text = "") {
    Statement statement;
    statement.source.text = text;
    statement.triple = {subject, relation, object};
    statement.source.author = "user";
    store_->add(std::span(&statement, 1));
  }
  AskedPaths ask(const std::string& question, const std::string& entity) {
    return asked_paths(InferringStore(*store_, english()->rules), *english(), question, {{entity, entity}}, *wordings_, {});
  }
  // Hops of the best path, as "relation>" or "<relation".
  std::string best(const std::string& question, const std::string& entity) {
    const AskedPaths asked = ask(question, entity);
    if (asked.paths.empty()) return "";
    std::string text;
    for (const Hop& hop : asked.paths[0].hops) text += hop.to_object ? hop.relation + ">" : "<" + hop.relation;
    return text;
  }

  ScratchFolder folder_;
  WordEmbedder embedder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<WordingVectors> wordings_;
};

TEST_F(AskedPathTest, TheRelationWhoseWordingsAreLikeTheQuestionIsBest) {
  add("Acme", "founder", "Jane Doe");
  add("Acme", "inception", "1990");
  add("Acme", "headquarters location", "Tessel");
  add("Bob", "employer", "Acme");
  EXPECT_EQ(best("Who founded Acme?", "Acme"), "founder>");
  EXPECT_EQ(best("What year was Acme founded?", "Acme"), "inception>");
  EXPECT_EQ(best("Where is the headquarters of Acme?", "Acme"), "headquarters location>");
  EXPECT_EQ(best("Who is employed by Acme?", "Acme"), "<employer");
  // Nothing but a phrase: "What is X?" is no question about it.
  const AskedPaths phrase = ask("What is the date of the founding of Acme?", "Acme");
  EXPECT_EQ(phrase.paths.at(0).hops.at(0).relation, "inception");
  EXPECT_LT(phrase.most_similar - phrase.paths[0].similarity, 0.1);
}

TEST_F(AskedPathTest, AContractionAsksTheSame) {
  add("Acme", "founder", "Jane Doe");
  add("What's Up", "performer", "4 Non Blondes");
  const double whole = ask("Who is the founder of Acme?", "Acme").paths.at(0).similarity;
  EXPECT_DOUBLE_EQ(ask("Who's the founder of Acme?", "Acme").paths.at(0).similarity, whole);
  EXPECT_DOUBLE_EQ(ask("Who\u2019s the founder of Acme?", "Acme").paths.at(0).similarity, whole);
  EXPECT_LT(ask("Whom's the founder of Acme?", "Acme").paths.at(0).similarity, whole);
  EXPECT_EQ(best("What's Up was performed by whom?", "What's Up"), "performer>");
}

TEST_F(AskedPathTest, AFactAnswersForItsInverse) {
  add("Ada Quill", "spouse", "Bo Marsh");
  add("Second Novel", "follows", "First Novel");
  EXPECT_EQ(best("Who is the spouse of Bo Marsh?", "Bo Marsh"), "<spouse");
  const AskedPaths asked = ask("Who is the spouse of Bo Marsh?", "Bo Marsh");
  EXPECT_GT(asked.paths.at(0).similarity, asked.most_similar - 0.09);
  const AskedPaths next = ask("What is First Novel followed by?", "First Novel");
  EXPECT_GT(next.paths.at(0).similarity, next.most_similar - 0.09);
}

TEST_F(AskedPathTest, AQuestionAboutAPhraseTakesTwoHops) {
  add("The Salt Ladder", "director", "Bo Marsh");
  add("The Salt Ladder", "country of origin", "Oru");
  add("Bo Marsh", "spouse", "Ada Quill");
  add("Bo Marsh", "place of birth", "Tessel");
  add("Oru", "capital", "Norvane");
  EXPECT_EQ(best("Who directed The Salt Ladder?", "The Salt Ladder"), "director>");
  EXPECT_EQ(best("Who is the spouse of the director of The Salt Ladder?", "The Salt Ladder"), "director>spouse>");
  EXPECT_EQ(best("Where was the director of The Salt Ladder born?", "The Salt Ladder"), "director>place of birth>");
  EXPECT_EQ(best("Who is The Salt Ladder's director's spouse?", "The Salt Ladder"), "director>spouse>");
  EXPECT_EQ(best("What is the capital of the country of origin of The Salt Ladder?", "The Salt Ladder"), "country of origin>capital>");
}

TEST_F(AskedPathTest, TheNameIsWhereTheMentionStands) {
  add("The Salt Ladder", "director", "Bo Marsh");
  add("Bo Marsh", "spouse", "Ada Quill");
  EXPECT_EQ(best("X asks: who is the spouse of the director of The Salt Ladder?", "The Salt Ladder"), "director>spouse>");
}

TEST_F(AskedPathTest, TwoHopsNeverLeadBackOnly) {
  add("Ada Quill", "spouse", "Bo Marsh");
  add("Bo Marsh", "spouse", "Ada Quill");
  for (const AskedPath& path : ask("Who is the spouse of the spouse of Ada Quill?", "Ada Quill").paths) EXPECT_EQ(path.hops.size(), 1U);
}

TEST_F(AskedPathTest, WhatTheMemoryDoesNotKnowIsMoreLikeTheQuestionThanWhatItKnows) {
  add("Acme", "founder", "Jane Doe");
  const AskedPaths known = ask("Who founded Acme?", "Acme");
  EXPECT_NEAR(known.paths.at(0).similarity, known.most_similar, 1e-6);
  const AskedPaths unknown = ask("What is the official language of Acme?", "Acme");
  EXPECT_LT(unknown.paths.at(0).similarity, unknown.most_similar - 0.2);
}

TEST_F(AskedPathTest, RelationsOfTheUsersOwnAreAskedForToo) {
  add("Acme", "lucky number", "seven");
  add("Acme", "inception", "1990");
  EXPECT_EQ(best("What is the lucky number of Acme?", "Acme"), "lucky number>");
  EXPECT_EQ(best("What has seven as its lucky number?", "seven"), "<lucky number");
}

TEST_F(AskedPathTest, AQuestionOfTheTextItselfIsUnderstoodWhateverItsRelationIsCalled) {
  const std::string question = "Which tongue do the folk of Oru chat in?";
  add("Oru", "country", "Norvane", "Oru lies in Norvane. Is Oru large?");
  add("Oru", "lucky number", "Oruvian", question + " It is Oruvian.");
  const AskedPaths asked = ask(question, "Oru");
  EXPECT_EQ(asked.paths.at(0).hops.at(0).relation, "lucky number");
  EXPECT_NEAR(asked.paths[0].similarity, 1, 1e-6);
  EXPECT_NEAR(asked.most_similar, 1, 1e-6);
  EXPECT_EQ(best("In which country is Oru?", "Oru"), "country>");
  // What the text asks about another name does not count.
  const double before = ask("Which land is X in?", "Norvane").paths.at(0).similarity;
  add("Tessel", "country", "Norvane", "Which land is Tessel in? It is Norvane.");
  EXPECT_NEAR(ask("Which land is X in?", "Norvane").paths.at(0).similarity, before, 1e-6);
}

TEST_F(AskedPathTest, WithoutAnEntityThereIsNoPath) {
  EXPECT_TRUE(asked_paths(InferringStore(*store_, english()->rules), *english(), "Who?", {}, *wordings_, {}).paths.empty());
  EXPECT_EQ(embedder_.embedded, 0U);
  EXPECT_TRUE(ask("Who founded Globex?", "Globex").paths.empty());
}

TEST_F(AskedPathTest, AStopWhileTheWordingsAreEmbeddedCancels) {
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW((void)asked_paths(InferringStore(*store_, english()->rules), *english(), "Who founded Acme?", {{"Acme", "Acme"}}, *wordings_,
                                 {}, source.get_token()),
               Error);
}

}  // namespace
}  // namespace memllm
