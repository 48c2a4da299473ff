// Completion scripts for shells, made from the tree of commands.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace memllm::cli {

// What can follow a command: its subcommands and its flags, those of the commands above it too.
struct CompletionEntry {
  std::string path;  // "", "facts", "facts list"
  std::vector<std::string> subcommands;
  std::vector<std::string> flags;             // "--json", "-v", sorted
  std::vector<std::string> flags_with_value;  // of them, sorted
};

std::vector<CompletionEntry> completion_entries(const CLI::App& root);

// shell: "bash", "zsh" or "fish". Throws kInvalidArgument for another.
std::string completion_script(const CLI::App& root, const std::string& shell);

}  // namespace memllm::cli
