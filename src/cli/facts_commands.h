// The subcommands of `memllm facts`.
#pragma once

#include "cli/commands.h"

namespace memllm::cli {

void add_fact_reading_commands(CLI::App& facts, Context& context);  // list, search, show, why, history
void add_fact_writing_commands(CLI::App& facts, Context& context);  // add, edit, accept, retract, forget, undo, alias, relation

// Throws kNotFound, also for a fact that was recorded after --as-of.
Fact required_fact(const Context& context, const Memory& memory, FactId id);

}  // namespace memllm::cli
