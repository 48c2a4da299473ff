#include "command/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "base/read_file.h"

namespace memllm::cli {

CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description, const std::string& examples) {
  CLI::App& command = *parent.add_subcommand(name, description);
  command.fallthrough();
  command.footer("Examples:\n" + examples + "\nGlobal options and exit codes: memllm --help\n");
  return command;
}

void set_action(CLI::App& command, Context& context, std::function<int()> action) {
  command.callback([&context, action = std::move(action)] { context.action = action; });
}

std::string argument_or_input(const std::string& argument) {
  if (argument != "-") return argument;
  std::string input = read_descriptor(STDIN_FILENO, "standard input");
  if (input.ends_with('\n')) input.pop_back();
  if (input.ends_with('\r')) input.pop_back();
  return input;
}

}  // namespace memllm::cli
