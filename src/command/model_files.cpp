#include "command/model_files.h"

#include <cstdlib>
#include <system_error>

#include "memllm/error.h"

namespace memllm::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelName = "gemma-3-270m-q4_k_m.gguf";
constexpr const char* kEmbedderName = "all-minilm-l6-v2.gguf";
constexpr const char* kReadAdapterName = "gemma-3-270m-read.gguf";
constexpr const char* kWriteAdapterName = "gemma-3-270m-write.gguf";
constexpr const char* kAnswerAdapterName = "gemma-3-270m-answer.gguf";

// XDG base directories: a relative value must be ignored. Empty: there is none.
fs::path base_folder(const char* variable, const char* below_home) {
  const char* chosen = std::getenv(variable);
  if (chosen != nullptr && fs::path(chosen).is_absolute()) return chosen;
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? fs::path() : fs::path(home) / below_home;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

fs::path program_path() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored);
}

fs::path find_adapter(const char* name) {
  for (const fs::path& folder : adapter_folders(program_path())) {
    if (is_file(folder / name)) return folder / name;
  }
  return fs::path("models") / name;
}

ModelFile resolve(const std::string& role, const std::string& choice, const fs::path& usual) {
  ModelFile out;
  out.role = role;
  out.chosen = !choice.empty();
  if (choice == "none") return out;
  out.file = out.chosen ? fs::path(choice) : usual;
  out.state = is_file(out.file) ? ModelFile::State::kFound : ModelFile::State::kMissing;
  return out;
}

[[noreturn]] void fail_missing(const ModelFile& file) {
  if (file.file.empty()) {
    throw Error(ErrorKind::kModel,
                "no " + file.role + ": neither HOME nor XDG_CACHE_HOME is set; choose one with --" + file.role + " FILE");
  }
  throw Error(ErrorKind::kModel, "no " + file.role + " at " + file.file.string() +
                                     "; `./run setup` fetches the models, or choose one with --" + file.role + " FILE");
}

}  // namespace

fs::path cache_folder() {
  const fs::path folder = base_folder("XDG_CACHE_HOME", ".cache");
  return folder.empty() ? folder : folder / "memllm";
}

fs::path default_memory_folder() {
  const fs::path folder = base_folder("XDG_DATA_HOME", ".local/share");
  if (folder.empty())
    throw Error(ErrorKind::kInvalidArgument, "neither HOME nor XDG_DATA_HOME is set; name the memory's folder with --memory");
  return folder / "memllm" / "default";
}

std::vector<fs::path> adapter_folders(const fs::path& program) {
  constexpr int kLevels = 4;  // build/release/memllm stands two folders below the source tree's root
  std::vector<fs::path> out;
  if (program.empty()) return out;
  fs::path folder = program.parent_path();
  for (int level = 0; level < kLevels && folder.has_relative_path(); ++level) {
    out.push_back(folder / "models");
    folder = folder.parent_path();
  }
  out.push_back(program.parent_path().parent_path() / "share" / "memllm" / "models");
  return out;
}

ModelFiles find_model_files(const ModelChoice& choice) {
  const fs::path cache = cache_folder();
  const auto cached = [&cache](const char* name) { return cache.empty() ? cache : cache / "models" / name; };
  return {resolve("model", choice.model, cached(kModelName)), resolve("read-adapter", choice.read_adapter, find_adapter(kReadAdapterName)),
          resolve("write-adapter", choice.write_adapter, find_adapter(kWriteAdapterName)),
          resolve("answer-adapter", choice.answer_adapter, find_adapter(kAnswerAdapterName)),
          resolve("embedder", choice.embedder, cached(kEmbedderName))};
}

fs::path usable_path(const ModelFile& file) {
  if (file.state == ModelFile::State::kFound) return file.file;
  if (file.state == ModelFile::State::kMissing && file.chosen) fail_missing(file);
  return {};
}

fs::path required_path(const ModelFile& file) {
  if (file.state == ModelFile::State::kFound) return file.file;
  if (file.state == ModelFile::State::kMissing) fail_missing(file);
  throw Error(ErrorKind::kModel, "this command needs the " + file.role + "; choose one with --" + file.role + " FILE");
}

}  // namespace memllm::cli
