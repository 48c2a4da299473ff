// Which model files a command uses: chosen by flag or environment, else found in the usual places.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace memllm::cli {

struct ModelFile {
  std::string role;            // "model", "read-adapter", "write-adapter", "answer-adapter", "embedder": also the flag's name
  std::filesystem::path file;  // where it is, or should be; empty: none wanted
  enum class State { kFound, kMissing, kNone } state = State::kNone;
  bool chosen = false;  // by flag or environment
};

struct ModelChoice {
  std::string model, read_adapter, write_adapter, answer_adapter, embedder;  // "": the default; "none": none
};

struct ModelFiles {
  ModelFile model, read_adapter, write_adapter, answer_adapter, embedder;
};

// $XDG_CACHE_HOME/memllm, or ~/.cache/memllm; its folder models holds the models. Empty where neither variable is set: then a memory keeps
// what it can compute again in its own folder.
std::filesystem::path cache_folder();
// $XDG_DATA_HOME/memllm/default, or ~/.local/share/memllm/default.
std::filesystem::path default_memory_folder();
// Folders that may hold the adapters: models/ in the program's folder and up to three above it (the source tree), then the installed share
// folder.
std::vector<std::filesystem::path> adapter_folders(const std::filesystem::path& program);

ModelFiles find_model_files(const ModelChoice& choice);

// The path to give to the library: the file, or empty for none and for a default that is missing. Throws kModel when a chosen file is
// missing.
std::filesystem::path usable_path(const ModelFile& file);
// The same, but the file must be there. Throws kModel, and says how to get it.
std::filesystem::path required_path(const ModelFile& file);

}  // namespace memllm::cli
