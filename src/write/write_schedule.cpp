#include "write/write_schedule.h"

#include <algorithm>

#include "write/writer.h"

namespace memllm {

WriteSchedule::WriteSchedule(std::span<const WriteTask> tasks, std::size_t sequences) : claimed_(sequences) {
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    const bool continues = task > 0 && tasks[task].pretext.size() > tasks[task - 1].pretext.size() &&
                           std::equal(tasks[task - 1].pretext.begin(), tasks[task - 1].pretext.end(), tasks[task].pretext.begin());
    if (continues) {
      unclaimed_.back().end = task + 1;
    } else {
      unclaimed_.push_back({task, task + 1});
    }
  }
}

std::optional<std::size_t> WriteSchedule::next(std::size_t sequence) {
  Run& own = claimed_[sequence];
  if (own.size() == 0 && !unclaimed_.empty()) {
    own = unclaimed_.front();
    unclaimed_.pop_front();
  }
  if (own.size() == 0) {
    Run& longest = *std::max_element(claimed_.begin(), claimed_.end(), [](const Run& a, const Run& b) { return a.size() < b.size(); });
    const std::size_t middle = longest.begin + longest.size() / 2;
    own = {middle, longest.end};
    longest.end = middle;
  }
  if (own.size() == 0) return std::nullopt;
  return own.begin++;
}

}  // namespace memllm
