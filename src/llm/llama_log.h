// Routes llama.cpp's process-wide log to the Logger of whoever calls it on this thread. Private to this room.
#pragma once

#include <string>

#include "memllm/options.h"

namespace memllm {

// While a scope lives, what llama.cpp logs on this thread goes to its logger, and errors are kept for the exception's message. Outside any
// scope the log is dropped. Scopes nest. Thread rule: created and destroyed on one thread.
class LlamaLogScope {
 public:
  explicit LlamaLogScope(const Logger& logger);
  ~LlamaLogScope();
  LlamaLogScope(const LlamaLogScope&) = delete;
  LlamaLogScope& operator=(const LlamaLogScope&) = delete;

  // Called by the log callback with one piece of a line; level 0 continues the piece before.
  void take(int ggml_level, const char* text) noexcept;
  // ": " and the errors logged so far, "; " between them; empty if there were none. For the end of a message.
  std::string errors() const;

 private:
  void finish_line() noexcept;

  const Logger& logger_;
  LlamaLogScope* outer_;
  LogLevel level_ = LogLevel::kDebug;
  std::string line_;
  std::string errors_;
};

// Starts llama.cpp's backends once a process and takes over its log.
void start_llama();

}  // namespace memllm
