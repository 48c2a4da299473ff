// The subcommands. Each adds itself to the tree of CLI11 and, when it was chosen, leaves what to do in Context::action.
#pragma once

#include "command/command.h"

namespace memllm::cli {

void add_learn_command(CLI::App& root, Context& context);
void add_search_command(CLI::App& root, Context& context);
void add_documents_commands(CLI::App& root, Context& context);
void add_entities_commands(CLI::App& root, Context& context);
void add_ask_command(CLI::App& root, Context& context);
void add_complete_command(CLI::App& root, Context& context);
void add_facts_commands(CLI::App& root, Context& context);
void add_transfer_commands(CLI::App& root, Context& context);     // import, export
void add_maintenance_commands(CLI::App& root, Context& context);  // stats, verify, reindex
void add_models_command(CLI::App& root, Context& context);
void add_completion_command(CLI::App& root, Context& context);

}  // namespace memllm::cli
