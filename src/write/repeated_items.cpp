#include "write/repeated_items.h"

#include "base/name.h"
#include "llm/logits.h"

namespace memllm {

Triple keys_of(const Triple& triple) { return {normalised(triple.subject), normalised(triple.relation), normalised(triple.object)}; }

void RepeatedItems::finish_item(const Triple& triple) {
  seen_.insert(keys_of(triple));
  item_was_retried_ = false;
}

void RepeatedItems::begin_object(std::span<const float> logits) { object_logits_.assign(logits.begin(), logits.end()); }

std::optional<RepeatedItems::Retry> RepeatedItems::retry(Token first, const std::function<bool(Token)>& admitted) {
  if (item_was_retried_ || roll_backs_ >= kMaxRollBacks) return std::nullopt;
  item_was_retried_ = true;
  ++roll_backs_;
  const Token token = best_token(object_logits_, [&](Token candidate) { return candidate != first && admitted(candidate); });
  if (token < 0) return std::nullopt;
  return Retry{token, log_probability(object_logits_, token)};
}

}  // namespace memllm
