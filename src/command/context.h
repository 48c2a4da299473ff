// What every subcommand gets: the global options, the terminals, and how to open memory and model.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "command/model_files.h"
#include "memllm/memory.h"
#include "memllm/options.h"
#include "memllm/session.h"
#include "terminal/progress_bar.h"
#include "terminal/terminal.h"
#include "wire/json.h"

namespace memllm {
struct Language;
}

namespace spdlog {
class logger;
}

namespace memllm::cli {

struct GlobalOptions {
  std::string memory;  // folder; empty: default_memory_folder()
  std::string name_space = "default";
  std::string language;  // folder or name of a pack; empty: English
  std::string as_of;     // as given; empty: now
  bool json = false;
  ModelChoice files;
  QueryThresholds thresholds;
  bool infer = true;
  ModelOptions model;  // threads and markers; the paths are filled in by model_options()
  int verbose = 0;     // how often -v was given
  bool quiet = false;
};

// Which adapter a command cannot do without (unless "none" was chosen for it).
enum class Needs { kReadAdapter, kWriteAdapter, kBothAdapters };

// Thread rule: one thread.
class Context {
 public:
  Context();
  ~Context();

  GlobalOptions global;
  std::function<int()> action;  // set by the parsed subcommand; returns the exit code
  const Terminal out;
  const Terminal err;

  // Writes to standard error; takes a progress bar away first. Messages are made printable.
  Logger logger();
  void set_bar(ProgressBar* bar) { bar_ = bar; }

  std::filesystem::path memory_folder() const;
  // --as-of in its canonical form; throws kInvalidArgument when it is no time.
  std::optional<Timestamp> as_of() const;
  // For commands that look at, or change, the present only: throws kInvalidArgument when --as-of was given.
  void refuse_as_of(const std::string& command) const;

  // The pack that was chosen, loaded when it is first asked for. Throws kNotFound, kCorrupt.
  const std::shared_ptr<const Language>& language();
  MemoryOptions memory_options();
  Memory open_memory(EmbedderMismatch mismatch = EmbedderMismatch::kRefuse);
  // Throws kModel when the base model or a needed adapter is missing.
  ModelOptions model_options(Needs needs);

  void print(const Json& json) const;  // to standard output

 private:
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<const Language> language_;
  ProgressBar* bar_ = nullptr;
};

}  // namespace memllm::cli
