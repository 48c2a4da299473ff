// Which task a free sequence takes next, so that consecutive sentences of a document meet the tokens that they share.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace memllm {

struct WriteTask;

// Tasks in a row whose pretexts continue each other form a run. A sequence follows its run; then it takes the next run that nobody has;
// then the second half of the longest one left. Every task is given out exactly once. Thread rule: one thread.
class WriteSchedule {
 public:
  WriteSchedule(std::span<const WriteTask> tasks, std::size_t sequences);
  std::optional<std::size_t> next(std::size_t sequence);  // nullopt: nothing is left

 private:
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t size() const { return end - begin; }
  };

  std::deque<Run> unclaimed_;
  std::vector<Run> claimed_;  // by sequence
};

}  // namespace memllm
