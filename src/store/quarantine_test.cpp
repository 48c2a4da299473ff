// Facts that are stored but wait to be believed.
#include <gtest/gtest.h>

#include <sstream>

#include "memllm/error.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

Statement doubted(const std::string& subject, const std::string& relation, const std::string& object, const std::string& document = "") {
  Statement statement = stated(subject, relation, object, "model");
  statement.source.document = document;
  statement.quarantined = true;
  return statement;
}

class QuarantineTest : public StoreTest {
 protected:
  std::size_t count(FactFilter::State state) {
    FactFilter filter;
    filter.state = state;
    return store_.list(filter).size();
  }
  std::size_t believed() { return count(FactFilter::State::kActive); }
  std::size_t waiting() { return count(FactFilter::State::kQuarantined); }
  std::size_t retracted() { return count(FactFilter::State::kRetracted); }

  Store store_{options()};
};

TEST_F(QuarantineTest, WhatWaitsIsListedButNotServed) {
  const FactId id = add(store_, doubted("Acme", "founder", "Bob"));
  EXPECT_TRUE(store_.get(id)->quarantined);
  EXPECT_FALSE(store_.get(id)->active());
  EXPECT_EQ(believed(), 0U);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(retracted(), 0U);
  EXPECT_TRUE(store_.query(asks_object("Acme", "founder"), {}).matches.empty());
  EXPECT_EQ(store_.history(id, 1)[0].kind, EventKind::kQuarantine);
}

TEST_F(QuarantineTest, WhyItWaitsIsKept) {
  Statement statement = doubted("Acme", "founder", "Bob");
  statement.doubt = "its score is low";
  const FactId id = add(store_, statement);
  EXPECT_EQ(store_.get(id)->retraction_reason, "its score is low");
  store_.accept(id, "Ann");
  EXPECT_EQ(store_.get(id)->retraction_reason, "");
  store_.undo(std::nullopt, "Ann");
  EXPECT_EQ(store_.get(id)->retraction_reason, "its score is low");
}

TEST_F(QuarantineTest, AcceptedFactsAreBelievedFromThenOn) {
  const FactId id = add(store_, doubted("Acme", "founder", "Bob"));
  const Timestamp before = clock_.now();
  store_.accept(id, "Ann");
  EXPECT_EQ(answers(store_.query(asks_object("Acme", "founder"), {})), std::vector<std::string>{"Bob"});
  EXPECT_EQ(store_.get(id)->sources.back().author, "Ann");
  FactFilter then;
  then.as_of = before;
  EXPECT_TRUE(store_.list(then).empty());
  EXPECT_TRUE(store_.get(id, before)->quarantined);
  EXPECT_EQ(kind_of_failure([&] { store_.accept(id, "Ann"); }), ErrorKind::kConflict);
  store_.undo(std::nullopt, "Ann");
  EXPECT_TRUE(store_.get(id)->quarantined);
  EXPECT_EQ(store_.get(id)->sources.size(), 1U);
  store_.undo(std::nullopt, "Ann");
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(retracted(), 1U);
  EXPECT_EQ(store_.verify().problems, std::vector<std::string>());
}

TEST_F(QuarantineTest, WhatIsStatedOutrightWaitsNoLonger) {
  const FactId id = add(store_, doubted("Acme", "founder", "Bob"));
  EXPECT_EQ(add(store_, "ACME", "founder", "Bob"), id);
  EXPECT_TRUE(store_.get(id)->active());
  EXPECT_EQ(add(store_, doubted("Acme", "founder", "Bob", "notes")), id);  // one more source of what is believed
  EXPECT_TRUE(store_.get(id)->active());
  EXPECT_EQ(store_.get(id)->sources.size(), 3U);
}

TEST_F(QuarantineTest, OneUndoTakesBackWhatAStatementReleased) {
  const FactId waits = add(store_, doubted("Film", "director", "B"));
  const FactId first = add(store_, "Film", "director", "A");
  EXPECT_EQ(store_.edit(first, {}, {}, "B", "Ann"), waits);
  store_.retract(waits, "", "Ann");
  store_.undo(std::nullopt, "Ann");
  EXPECT_TRUE(store_.get(waits)->active());
  store_.undo(std::nullopt, "Ann");
  EXPECT_TRUE(store_.get(first)->active());
  EXPECT_TRUE(store_.get(waits)->quarantined);
  EXPECT_EQ(store_.get(waits)->sources.size(), 1U);
  add(store_, "Film", "director", "B");
  EXPECT_TRUE(store_.get(waits)->active());
  store_.undo(std::nullopt, "Ann");
  EXPECT_TRUE(store_.get(waits)->quarantined);
  EXPECT_EQ(store_.get(waits)->sources.size(), 1U);
  EXPECT_EQ(store_.verify().problems, std::vector<std::string>());
}

TEST_F(QuarantineTest, WhatWasRejectedLaterStillWaitedThen) {
  const FactId id = add(store_, doubted("Acme", "founder", "Bob"));
  FactFilter then;
  then.as_of = clock_.now();
  then.state = FactFilter::State::kQuarantined;
  store_.retract(id, "later thought", "Ann");
  ASSERT_EQ(store_.list(then).size(), 1U);
  EXPECT_TRUE(store_.list(then)[0].quarantined);
  EXPECT_EQ(store_.list(then)[0].retraction_reason, "quarantined");
  EXPECT_FALSE(store_.get(id)->quarantined);
  then.state = FactFilter::State::kRetracted;
  EXPECT_TRUE(store_.list(then).empty());
}

TEST_F(QuarantineTest, ReviewCanRejectAndUndoThat) {
  const FactId id = add(store_, doubted("Acme", "founder", "Bob"));
  store_.retract(id, "nonsense", "Ann");
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(store_.get(id)->retraction_reason, "nonsense");
  EXPECT_EQ(kind_of_failure([&] { store_.accept(id, "Ann"); }), ErrorKind::kConflict);
  store_.undo(std::nullopt, "Ann");
  EXPECT_EQ(waiting(), 1U);
  FactFilter ever;
  ever.as_of = store_.get(id)->recorded_at;
  EXPECT_TRUE(store_.list(ever).empty());
}

TEST_F(QuarantineTest, WrongRequestsSayWhatToDo) {
  const FactId id = add(store_, doubted("Acme", "founder", "Bob"));
  EXPECT_EQ(kind_of_failure([&] { store_.edit(id, {}, {}, "Jane", "Ann"); }), ErrorKind::kConflict);
  EXPECT_EQ(kind_of_failure([&] { store_.replace(doubted("Acme", "founder", "Jane")); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure([&] { store_.accept(99, "Ann"); }), ErrorKind::kNotFound);
  // Two entities that turn out to be one may leave an equal fact that is believed.
  add(store_, "Acme Ltd", "founder", "Bob");
  store_.add_alias("Acme", "Acme Ltd");
  EXPECT_EQ(kind_of_failure([&] { store_.accept(id, "Ann"); }), ErrorKind::kConflict);
}

TEST_F(QuarantineTest, ANewVersionOfADocumentMayDoubtOrDropWhatTheOldOneSaid) {
  Statement sure = doubted("Acme", "founder", "Bob", "notes");
  sure.quarantined = false;
  const Statement doubt = doubted("Acme", "founder", "Bob", "notes"), other = doubted("Acme", "owner", "Eve", "notes");
  const FactId first = store_.put_document({"notes", "1", "w", ""}, std::vector{sure, other}).facts[0];
  EXPECT_EQ(waiting(), 1U);
  // The same statement with a lower score: no longer believed, waits as a fact of its own. What waited waits on, under its number.
  const DocumentChange change = store_.put_document({"notes", "2", "w", ""}, std::vector{doubt, other});
  EXPECT_EQ(change.retracted, std::vector<FactId>{first});
  EXPECT_EQ(believed(), 0U);
  EXPECT_EQ(waiting(), 2U);
  EXPECT_EQ(store_.history(change.facts[1], 10).size(), 1U);
  // What somebody accepted stays, whatever the document says.
  store_.accept(change.facts[0], "Ann");
  EXPECT_TRUE(store_.put_document({"notes", "3", "w", ""}, {}).retracted.empty());
  EXPECT_EQ(believed(), 1U);
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(QuarantineTest, GoesOutAndInWithTheMemory) {
  store_.accept(add(store_, doubted("Acme", "founder", "Bob")), "Ann");
  const FactId id = add(store_, doubted("Acme", "owner", "Eve"));
  std::ostringstream out;
  store_.export_jsonl(out);
  TestFolder folder;
  Store copy(options_in(folder));
  std::istringstream in(out.str());
  copy.import_jsonl(in);
  EXPECT_TRUE(copy.get(id)->quarantined);
  copy.accept(id, "Ann");
  EXPECT_EQ(copy.stats().facts, 2U);
  EXPECT_EQ(copy.stats().quarantined, 0U);
}

}  // namespace
}  // namespace memllm
