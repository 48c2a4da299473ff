// What is forgotten leaves no byte behind.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "memllm/error.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

std::vector<std::string> files_with(const std::filesystem::path& folder, const std::vector<std::string>& texts) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const std::string& text : texts) {
      if (bytes.find(text) != std::string::npos) files.push_back(entry.path().filename().string() + ": " + text);
    }
  }
  return files;
}

void add_bystanders(Store& store, int count) {
  std::mt19937 random(5);
  std::vector<Statement> statements;
  for (int i = 0; i < count; ++i) {
    statements.push_back(stated("person " + std::to_string(random() % 300), "knows", "person " + std::to_string(random() % 300)));
    statements.back().source.text = "A sentence of no importance, number " + std::to_string(i);
  }
  store.add(statements);
}

TEST_F(StoreTest, AForgottenEntityLeavesNoByte) {
  Store store(options_with_vectors());
  const std::vector<std::string> traces = {"Zyxwvut", "zyxwvut", "ZYXWVUT", "Qponmlk", "qponmlk"};
  for (int round = 0; round < 5; ++round) {
    add_bystanders(store, 300);
    Statement statement = stated("Zyxwvut Example", "lives in", "place " + std::to_string(round), "model");
    statement.source.text = "ZYXWVUT EXAMPLE lives in a place.";
    statement.source.document = "about Zyxwvut Example.txt";
    store.put_document({statement.source.document, std::to_string(round), "w", ""}, std::span(&statement, 1));
  }
  store.add_alias("Zyxwvut Example", "Qponmlk");
  Statement bystander = stated("place 1", "mentioned with", "place 2");
  bystander.source.text = "Place 1 is where Qponmlk met zyxwvut example.";
  bystander.source.subject_span = Span{0, 7};
  const FactId kept = add(store, bystander);
  const FactId value = add(store, "place 9", "named by", "Zyxwvut Example");
  store.edit(value, {}, {}, "somebody", "user");
  store.retract(add(store, "place 3", "r", "x"), "Zyxwvut Example said so", "user");
  store.query(asks_object("Zyxwvut Exampel", "lives in"), {});
  store.reindex();  // index files are there
  ASSERT_FALSE(files_with(folder_.path(), traces).empty());
  const std::size_t facts = store.stats().facts;

  store.forget_entity("qponmlk");
  EXPECT_EQ(files_with(folder_.path(), traces), std::vector<std::string>());
  EXPECT_FALSE(store.has_entity("Zyxwvut Example"));
  EXPECT_EQ(store.get(kept)->sources[0].text, "(forgotten)");
  EXPECT_EQ(store.stats().facts, facts - 1);  // the documents' newest version; the older ones were retracted
  EXPECT_EQ(store.verify().problems, std::vector<std::string>());
  for (const Fact& fact : store.search("zyxwvut", {})) EXPECT_NE(fact.subject, "Zyxwvut Example");
  while (store.undo(std::nullopt, "user")) {
  }
  EXPECT_EQ(files_with(folder_.path(), traces), std::vector<std::string>());
  EXPECT_EQ(store.verify().problems, std::vector<std::string>());
}

TEST_F(StoreTest, AForgottenFactLeavesItsNamesOnlyWhereOthersUseThem) {
  Store store(options());
  add_bystanders(store, 200);
  const FactId secret = add(store, "person 1", "secretly zyxwvut", "Qponmlk");
  const FactId successor = store.edit(secret, {}, {}, "another zyxwvut", "user");
  store.forget(secret);
  EXPECT_FALSE(store.get(secret));
  EXPECT_EQ(files_with(folder_.path(), {"Qponmlk", "qponmlk"}), std::vector<std::string>());
  EXPECT_TRUE(store.get(successor));
  EXPECT_TRUE(store.has_entity("person 1"));
  store.forget(successor);
  EXPECT_EQ(files_with(folder_.path(), {"zyxwvut"}), std::vector<std::string>());
  const auto history = store.history(std::nullopt, 10);
  EXPECT_EQ(history[0].kind, EventKind::kForget);
  EXPECT_FALSE(history[0].fact);
  EXPECT_GT(add(store, "a", "r", "b"), successor);  // ids are not used again
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(StoreTest, ForgettingAShortNameKeepsLongerWords) {
  Store store(options());
  Statement statement = stated("Alabama", "in", "USA");
  statement.source.text = "Alabama lies in the USA.";
  const FactId kept = add(store, statement);
  add(store, "Al", "likes", "USA");
  store.forget_entity("Al");
  EXPECT_EQ(store.get(kept)->sources[0].text, statement.source.text);
}

TEST_F(StoreTest, ARelationWithAPolicyOutlivesItsFacts) {
  Store store(options());
  store.set_relation("capital", RelationPolicy::kFunctional, "");
  store.forget(add(store, "a", "capital", "b"));
  EXPECT_EQ(store.relations(), std::vector<std::string>{"capital"});
}

TEST_F(StoreTest, WhatWasForgottenCannotComeBack) {
  Store store(options());
  const FactId fact = add(store, "a", "r", "b");
  const FactId edited = store.edit(fact, {}, {}, "c", "user");
  store.forget(edited);
  const EventId forgotten = store.history(std::nullopt, 1)[0].id;
  EXPECT_EQ(kind_of_failure([&] { store.undo(forgotten, "user"); }), ErrorKind::kConflict);
  ASSERT_TRUE(store.undo(std::nullopt, "user"));  // what is left of the edit
  EXPECT_TRUE(store.get(fact)->active());
  EXPECT_TRUE(store.verify().clean());
}

}  // namespace
}  // namespace memllm
