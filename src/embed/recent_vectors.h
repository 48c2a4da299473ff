// The vectors of texts that were embedded lately: a name is asked for again and again.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace memllm {

// Keeps the most recently used; long texts are not kept. Thread rule: one thread at a time.
class RecentVectors {
 public:
  static constexpr std::size_t kMaxTextBytes = 512;

  explicit RecentVectors(std::size_t capacity) : capacity_(capacity) {}

  // Null if absent; valid until the next put.
  const std::vector<float>* find(std::string_view text) {
    const auto found = place_.find(text);
    if (found == place_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second);
    return &found->second->second;
  }

  void put(std::string_view text, std::vector<float> vector) {
    if (text.size() > kMaxTextBytes || capacity_ == 0) return;
    if (const auto found = place_.find(text); found != place_.end()) {
      found->second->second = std::move(vector);
      recent_.splice(recent_.begin(), recent_, found->second);
      return;
    }
    if (recent_.size() == capacity_) {
      place_.erase(recent_.back().first);
      recent_.pop_back();
    }
    recent_.emplace_front(text, std::move(vector));
    place_.emplace(recent_.front().first, recent_.begin());
  }

  std::size_t size() const { return recent_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, std::vector<float>>>;

  std::size_t capacity_;
  Entries recent_;                                                 // latest first
  std::unordered_map<std::string_view, Entries::iterator> place_;  // keys are the strings in recent_
};

}  // namespace memllm
