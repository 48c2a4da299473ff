// A process that is killed while it writes loses nothing that it was told is stored.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "testing/temporary_store.h"

namespace memllm {
namespace {

// Adds facts for ever and sends each id through the pipe when add has returned.
[[noreturn]] void write_facts(const StoreOptions& options, int pipe, int round) {
  try {
    Store store(options);
    for (int i = 0;; ++i) {
      std::vector<Statement> statements;
      for (int n = 0; n <= i % 3; ++n) {
        statements.push_back(stated("subject " + std::to_string(i), "round " + std::to_string(round), "object " + std::to_string(n)));
      }
      for (const FactId id : store.add(statements)) {
        if (::write(pipe, &id, sizeof id) != sizeof id) ::_exit(2);
      }
      if (i % 20 == 19) store.query(asks_object("subjects " + std::to_string(i), "round " + std::to_string(round)), {});
    }
  } catch (...) {
    ::_exit(1);
  }
}

TEST_F(StoreTest, AcknowledgedFactsSurviveKill) {
  std::mt19937 random(6);
  std::vector<FactId> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_facts(options_with_vectors(), ends[1], round);
    }
    ::close(ends[1]);
    FactId id = 0;
    for (std::size_t n = 1 + random() % 150; n > 0 && ::read(ends[0], &id, sizeof id) == sizeof id; --n) acknowledged.push_back(id);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.push_back(id);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);

    Store store(options_with_vectors());
    ASSERT_EQ(store.verify().problems, std::vector<std::string>());
    for (const FactId fact : acknowledged) ASSERT_TRUE(store.get(fact)) << fact;
    ASSERT_LE(store.stats().facts, acknowledged.size() + 3 * static_cast<std::size_t>(round + 1));
  }
  EXPECT_GT(acknowledged.size(), 100U);
}

}  // namespace
}  // namespace memllm
