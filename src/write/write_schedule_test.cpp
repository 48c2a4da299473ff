#include "write/write_schedule.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "write/writer.h"

namespace memllm {
namespace {

// Documents of so many sentences; the pretext of a sentence is all sentences before it.
std::vector<WriteTask> tasks_of(const std::vector<int>& documents) {
  std::vector<WriteTask> tasks;
  Token next = 1;
  for (const int sentences : documents) {
    std::vector<Token> text;
    for (int i = 0; i < sentences; ++i) {
      WriteTask task;
      task.pretext = text;
      task.focus = {next++};
      text.push_back(task.focus[0]);
      tasks.push_back(std::move(task));
    }
  }
  return tasks;
}

TEST(WriteSchedule, ASequenceFollowsItsDocument) {
  const auto tasks = tasks_of({3, 2});
  WriteSchedule schedule(tasks, 2);
  EXPECT_EQ(schedule.next(0), 0U);
  EXPECT_EQ(schedule.next(1), 3U);
  EXPECT_EQ(schedule.next(1), 4U);
  EXPECT_EQ(schedule.next(0), 1U);
  EXPECT_EQ(schedule.next(1), 2U);
  EXPECT_EQ(schedule.next(0), std::nullopt);
}

TEST(WriteSchedule, AFreeSequenceTakesHalfOfTheLongestRun) {
  const auto tasks = tasks_of({9});
  WriteSchedule schedule(tasks, 3);
  EXPECT_EQ(schedule.next(0), 0U);
  EXPECT_EQ(schedule.next(1), 5U);
  EXPECT_EQ(schedule.next(2), 3U);
}

TEST(WriteSchedule, GivesOutEveryTaskOnceInAnyOrderOfAsking) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<int> documents(random() % 5);
    for (int& sentences : documents) sentences = 1 + static_cast<int>(random() % 9);
    const auto tasks = tasks_of(documents);
    const std::size_t sequences = 1 + random() % 4;
    WriteSchedule schedule(tasks, sequences);
    std::set<std::size_t> given;
    while (given.size() < tasks.size()) {
      const auto task = schedule.next(random() % sequences);
      ASSERT_TRUE(task.has_value());
      ASSERT_TRUE(given.insert(*task).second);
    }
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) EXPECT_EQ(schedule.next(sequence), std::nullopt);
  }
}

}  // namespace
}  // namespace memllm
