// Names of event kinds, in the database, in JSONL and in what the program prints.
#pragma once

#include <optional>
#include <string_view>

#include "memllm/fact.h"

namespace memllm {

std::string_view to_string(EventKind kind);
std::optional<EventKind> event_kind_of(std::string_view name);

}  // namespace memllm
