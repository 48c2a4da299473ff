// Transaction time.
#pragma once

#include <string_view>

#include "memllm/fact.h"

namespace memllm {

// RFC 3339, UTC, milliseconds.
Timestamp now_utc();

// Accepts "2026-11-21", "2026-11-21T05:01:02Z", with or without fractions; returns the canonical form. Throws kInvalidArgument otherwise.
Timestamp parse_timestamp(std::string_view text);

}  // namespace memllm
