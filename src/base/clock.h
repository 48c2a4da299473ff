// Transaction time. A clock can be given to the store, so that tests need no sleeps.
#pragma once

#include <functional>
#include <string_view>

#include "memllm/fact.h"

namespace memllm {

using Clock = std::function<Timestamp()>;

// RFC 3339, UTC, milliseconds.
Timestamp now_utc();

// Accepts "2026-11-21", "2026-11-21T05:01:02Z", with or without fractions; returns the canonical form. Throws kInvalidArgument otherwise.
Timestamp parse_timestamp(std::string_view text);

}  // namespace memllm
