// The subcommands. Each adds itself to the tree of CLI11 and, when it was chosen, leaves what to do in Context::action.
#pragma once

#include <functional>
#include <string>

#include "cli/context.h"

namespace CLI {
class App;
}

namespace memllm::cli {

// A subcommand with what all have: global options behind it, examples in its help. examples: lines "memllm …".
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description, const std::string& examples);
// action runs after the whole command line was understood.
void set_action(CLI::App& command, Context& context, std::function<int()> action);

void add_learn_command(CLI::App& root, Context& context);
void add_ask_command(CLI::App& root, Context& context);
void add_complete_command(CLI::App& root, Context& context);
void add_facts_commands(CLI::App& root, Context& context);
void add_transfer_commands(CLI::App& root, Context& context);     // import, export
void add_maintenance_commands(CLI::App& root, Context& context);  // stats, verify, reindex
void add_models_command(CLI::App& root, Context& context);
void add_eval_commands(CLI::App& root, Context& context);
void add_completion_command(CLI::App& root, Context& context);

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
