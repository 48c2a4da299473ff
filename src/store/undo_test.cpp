// Taking changes back.
#include <gtest/gtest.h>

#include "memllm/error.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

TEST_F(StoreTest, UndoWalksBackAndRefusesWhatIsBuiltUpon) {
  Store store(options());
  EXPECT_FALSE(store.undo(std::nullopt, "user"));
  const FactId fact = add(store, "a", "r", "b");
  add(store, stated("a", "r", "b", "second"));
  const EventId first = store.history(fact, 10).back().id;
  EXPECT_EQ(kind_of_failure([&] { store.undo(first, "user"); }), ErrorKind::kConflict);
  const auto support = store.undo(std::nullopt, "user");
  ASSERT_TRUE(support);
  EXPECT_EQ(support->kind, EventKind::kSupport);
  ASSERT_TRUE(support->undone_by);
  EXPECT_EQ(kind_of_failure([&] { store.undo(support->id, "user"); }), ErrorKind::kConflict);
  EXPECT_EQ(kind_of_failure([&] { store.undo(support->undone_by, "user"); }), ErrorKind::kConflict);
  EXPECT_EQ(store.undo(std::nullopt, "user")->id, first);
  EXPECT_FALSE(store.get(fact)->active());
  EXPECT_FALSE(store.undo(std::nullopt, "user"));
  const auto history = store.history(std::nullopt, 10);
  EXPECT_EQ(history.size(), 4U);
  EXPECT_TRUE(std::is_sorted(history.rbegin(), history.rend(), [](const Event& a, const Event& b) { return a.id < b.id; }));
}

TEST_F(StoreTest, UndoGoesBackToTwoFactsThatAnAliasMadeSayTheSame) {
  Store store(options());
  add(store, "A", "r", "X");
  add(store, "B", "r", "X");
  store.add_alias("A", "B");
  store.replace(stated("A", "r", "Y"));
  EXPECT_EQ(store.list({}).size(), 1U);
  store.undo(std::nullopt, "user");
  EXPECT_EQ(store.list({}).size(), 2U);
  store.retract(1, "", "user");
  store.undo(std::nullopt, "user");
  EXPECT_EQ(store.list({}).size(), 2U);
  EXPECT_EQ(store.verify().problems, std::vector<std::string>());
}

TEST_F(StoreTest, UndoDoesNotMakeASecondEqualFact) {
  Store store(options());
  const FactId fact = add(store, "a", "r", "b");
  store.retract(fact, "", "user");
  const EventId retraction = store.history(fact, 1).front().id;
  add(store, "a", "r", "b");
  EXPECT_EQ(kind_of_failure([&] { store.undo(retraction, "user"); }), ErrorKind::kConflict);
}

}  // namespace
}  // namespace memllm
