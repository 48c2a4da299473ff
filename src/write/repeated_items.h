// Decoding rule: no triple twice in a call.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "llm/language_model.h"
#include "memllm/fact.h"

namespace memllm {

// The keys of its names (Name::key): two triples of a call with the same ones are the same.
Triple keys_of(const Triple& triple);

// When an item turns out to equal an earlier one by normalised names, decoding goes back to the beginning of its object and takes the next
// best first token there: once an item, and at most kMaxRollBacks times a call. Beyond that the call ends before the item.
class RepeatedItems {
 public:
  static constexpr int kMaxRollBacks = 4;

  bool contains(const Triple& triple) const { return seen_.contains(keys_of(triple)); }
  void finish_item(const Triple& triple);            // a separator follows it
  void begin_object(std::span<const float> logits);  // of the object's first token; kept for a roll-back

  struct Retry {
    Token token = -1;
    double log_probability = 0;
  };
  // Another first token for the object that began with `first`; nullopt: there is none, or the bounds are reached.
  std::optional<Retry> retry(Token first, const std::function<bool(Token)>& admitted);

 private:
  std::set<Triple> seen_;
  std::vector<float> object_logits_;
  bool item_was_retried_ = false;
  int roll_backs_ = 0;
};

}  // namespace memllm
