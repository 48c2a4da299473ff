#include "base/event_kind.h"

#include <algorithm>
#include <array>
#include <utility>

namespace memllm {
namespace {

constexpr std::array<std::pair<EventKind, std::string_view>, 13> kKindNames = {{{EventKind::kAdd, "add"},
                                                                                {EventKind::kSupport, "support"},
                                                                                {EventKind::kUnsupport, "unsupport"},
                                                                                {EventKind::kQuarantine, "quarantine"},
                                                                                {EventKind::kAccept, "accept"},
                                                                                {EventKind::kRetract, "retract"},
                                                                                {EventKind::kEdit, "edit"},
                                                                                {EventKind::kUndo, "undo"},
                                                                                {EventKind::kForget, "forget"},
                                                                                {EventKind::kAlias, "alias"},
                                                                                {EventKind::kPolicy, "policy"},
                                                                                {EventKind::kDocument, "document"},
                                                                                {EventKind::kLearn, "learn"}}};

}  // namespace

std::string_view to_string(EventKind kind) {
  const auto found = std::find_if(kKindNames.begin(), kKindNames.end(), [kind](const auto& pair) { return pair.first == kind; });
  return found == kKindNames.end() ? "unknown" : found->second;
}

std::optional<EventKind> event_kind_of(std::string_view name) {
  const auto found = std::find_if(kKindNames.begin(), kKindNames.end(), [name](const auto& pair) { return pair.second == name; });
  return found == kKindNames.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace memllm
