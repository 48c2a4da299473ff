#include "write/check_write_options.h"

#include <cmath>
#include <string>

#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kMinCallTokens = 16;
// Tokens of a write prompt that are neither pretext nor focus, generously: BOS, markers and the words between them.
constexpr std::size_t kPromptOverhead = 64;

[[noreturn]] void fail(const std::string& message) { throw Error(ErrorKind::kInvalidArgument, message); }

}  // namespace

void check_write_options(const WriteOptions& options) {
  if (options.late_stopping < 0) fail("late_stopping must be 0 (greedy) or more");
  if (options.more_facts < 0) fail("more_facts must be 0 or more");
  if (!(options.close_probability >= 0 && options.close_probability <= 1)) fail("close_probability must be in [0, 1]");
  if (options.max_call_tokens < kMinCallTokens) fail("max_call_tokens must be at least 16: a shorter call holds no fact");
  if (options.max_prompt_tokens < 1) fail("max_prompt_tokens must be at least 1");
  if (std::isnan(options.min_mean_log_probability)) fail("min_mean_log_probability must be a number");
  if (std::isnan(options.min_judgement)) fail("min_judgement must be a number");
}

std::size_t max_focus_tokens(const WriteOptions& options, std::size_t context_tokens) {
  const std::size_t needed = options.max_prompt_tokens + options.max_call_tokens + kPromptOverhead;
  if (needed > context_tokens) {
    fail("max_prompt_tokens and max_call_tokens need a context of " + std::to_string(needed) + " tokens, but context_tokens is " +
         std::to_string(context_tokens));
  }
  return context_tokens - options.max_call_tokens - kPromptOverhead;
}

}  // namespace memllm
