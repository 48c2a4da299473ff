#include "llm/llama_log.h"

#include <llama.h>

#include <mutex>
#include <string_view>

namespace memllm {
namespace {

thread_local LlamaLogScope* current_scope = nullptr;

constexpr std::size_t kMaxErrorBytes = 1000;

void on_log(ggml_log_level level, const char* text, void*) {
  if (current_scope != nullptr && text != nullptr) current_scope->take(level, text);
}

// llama.cpp's warnings and notices describe its own memory layout at length: for a user of memllm they are details.
LogLevel to_log_level(int ggml_level) { return ggml_level == GGML_LOG_LEVEL_ERROR ? LogLevel::kError : LogLevel::kDebug; }

}  // namespace

LlamaLogScope::LlamaLogScope(const Logger& logger) : logger_(logger), outer_(current_scope) { current_scope = this; }

LlamaLogScope::~LlamaLogScope() {
  finish_line();
  current_scope = outer_;
}

void LlamaLogScope::take(int ggml_level, const char* text) noexcept {
  try {
    if (ggml_level != GGML_LOG_LEVEL_CONT) {
      finish_line();
      level_ = to_log_level(ggml_level);
    }
    line_ += text;
    if (line_.ends_with('\n')) finish_line();
  } catch (...) {  // a C caller is above us; a lost log line is the lesser evil
    line_.clear();
  }
}

void LlamaLogScope::finish_line() noexcept {
  try {
    while (!line_.empty() && (line_.back() == '\n' || line_.back() == ' ')) line_.pop_back();
    if (line_.empty()) return;
    if (level_ == LogLevel::kError && errors_.size() < kMaxErrorBytes) errors_ += (errors_.empty() ? "" : "; ") + line_;
    if (logger_) logger_(level_, line_);
    line_.clear();
  } catch (...) {  // a lost log line is the lesser evil
    line_.clear();
  }
}

std::string LlamaLogScope::errors() const {
  const std::string pending = level_ == LogLevel::kError ? line_ : "";
  const std::string all = errors_ + (errors_.empty() || pending.empty() ? "" : "; ") + pending;
  return all.empty() ? "" : ": " + all;
}

void start_llama() {
  static std::once_flag once;
  std::call_once(once, [] {
    llama_log_set(on_log, nullptr);
    llama_backend_init();
    // Builds with loadable backends have none yet. Never done otherwise: it searches the working directory for libraries.
    if (ggml_backend_reg_count() == 0) ggml_backend_load_all();
  });
}

}  // namespace memllm
