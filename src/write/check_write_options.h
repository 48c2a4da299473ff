// The one door at which WriteOptions are checked.
#pragma once

#include <cstddef>

#include "memllm/options.h"

namespace memllm {

// Throws kInvalidArgument, naming the option.
void check_write_options(const WriteOptions& options);

// How many tokens of one sentence fit into a sequence of context_tokens beside the longest call. Throws kInvalidArgument where pretext and
// call do not fit.
std::size_t max_focus_tokens(const WriteOptions& options, std::size_t context_tokens);

}  // namespace memllm
