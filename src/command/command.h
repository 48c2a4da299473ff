// What every subcommand is made of: its place in the tree of CLI11, what it does, and the flags that several share.
#pragma once

#include <functional>
#include <string>

#include "command/context.h"

namespace CLI {
class App;
}

namespace memllm::cli {

// A subcommand with what all have: global options behind it, examples in its help. examples: lines "memllm …".
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description, const std::string& examples);
// action runs after the whole command line was understood.
void set_action(CLI::App& command, Context& context, std::function<int()> action);

// Flags that learn and eval writing share.
void add_write_options(CLI::App& command, WriteOptions& options);
// Flags that ask and complete share.
void add_read_options(CLI::App& command, ReadOptions& options);
// Of these, which queries are asked.
void add_query_options(CLI::App& command, ReadOptions& options);
// How a call's result counts: --result-weight, --repeated-calls.
void add_result_options(CLI::App& command, ReadOptions& options);
// "-": standard input; else the argument itself.
std::string argument_or_input(const std::string& argument);

}  // namespace memllm::cli
