// The command line as a whole: tree of subcommands, global options, errors to exit codes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/context.h"

namespace CLI {
class App;
}

namespace memllm::cli {

std::unique_ptr<CLI::App> make_app(Context& context);

// Parses and runs; returns the exit code. Never throws.
int run(const std::vector<std::string>& arguments);

// Why the arguments left over by the parser are wrong, with the nearest known name; "" when nothing is left over.
std::string explain_leftovers(const CLI::App& root);

}  // namespace memllm::cli
