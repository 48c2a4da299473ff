#include "command/context.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>
#include <system_error>

#include "base/clock.h"
#include "language/language.h"
#include "memllm/error.h"
#include "terminal/display.h"

namespace memllm::cli {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::level::level_enum wanted_level(const GlobalOptions& global) {
  if (global.quiet) return spdlog::level::err;
  if (global.verbose >= 2) return spdlog::level::debug;
  return global.verbose == 1 ? spdlog::level::info : spdlog::level::warn;
}

}  // namespace

Context::Context() : out(STDOUT_FILENO), err(STDERR_FILENO) {
  const auto colour = err.colour() ? spdlog::color_mode::automatic : spdlog::color_mode::never;
  log_ = std::make_shared<spdlog::logger>("memllm", std::make_shared<spdlog::sinks::stderr_color_sink_st>(colour));
  log_->set_pattern("memllm: %^%l%$: %v");
}

Context::~Context() = default;

Logger Context::logger() {
  log_->set_level(wanted_level(global));
  return [this](LogLevel level, std::string_view message) {
    if (!log_->should_log(spdlog_level(level))) return;
    if (bar_ != nullptr) bar_->clear();
    log_->log(spdlog_level(level), spdlog::string_view_t(printable(message)));
  };
}

std::filesystem::path Context::memory_folder() const {
  return global.memory.empty() ? default_memory_folder() : std::filesystem::path(global.memory);
}

std::optional<Timestamp> Context::as_of() const {
  if (global.as_of.empty()) return std::nullopt;
  return parse_timestamp(global.as_of);
}

void Context::refuse_as_of(const std::string& command) const {
  if (global.as_of.empty()) return;
  throw Error(ErrorKind::kInvalidArgument, "`" + command + "` works on the memory as it is now; leave out --as-of");
}

const std::shared_ptr<const Language>& Context::language() {
  if (!language_) language_ = load_language(global.language);
  return language_;
}

MemoryOptions Context::memory_options() {
  MemoryOptions options;
  options.folder = memory_folder();
  options.embedder = usable_path(find_model_files(global.files).embedder);
  options.cache_folder = cache_folder();
  options.name_space = global.name_space;
  options.language = global.language;
  options.thresholds = global.thresholds;
  options.infer = global.infer;
  options.logger = logger();
  return options;
}

Memory Context::open_memory(EmbedderMismatch mismatch) {
  MemoryOptions options = memory_options();
  std::error_code ignored;
  if (!std::filesystem::exists(options.folder, ignored)) {
    options.logger(LogLevel::kInfo, "there was no memory at " + options.folder.string() + ": a new one is made");
  }
  options.embedder_mismatch = mismatch;
  return Memory::open(options);
}

ModelOptions Context::model_options(Needs needs) {
  const ModelFiles files = find_model_files(global.files);
  const auto adapter = [](const ModelFile& file, bool needed) {
    return needed && file.state != ModelFile::State::kNone ? required_path(file) : usable_path(file);
  };
  ModelOptions options = global.model;
  options.model = required_path(files.model);
  options.read_adapter = adapter(files.read_adapter, needs == Needs::kReadAdapter || needs == Needs::kBothAdapters);
  options.write_adapter = adapter(files.write_adapter, needs == Needs::kWriteAdapter || needs == Needs::kBothAdapters);
  // Without it only facts answer: no command cannot do without.
  options.answer_adapter = usable_path(files.answer_adapter);
  return options;
}

void Context::print(const Json& json) const { std::cout << dump(json) << '\n'; }

}  // namespace memllm::cli
