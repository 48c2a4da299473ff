#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.h"
#include "command/exit_code.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/table.h"

namespace memllm::cli {
namespace {

int stats(Context& context) {
  context.refuse_as_of("stats");
  const Memory memory = context.open_memory();
  const MemoryStats stats = memory.stats();
  if (context.global.json) {
    context.print(Json{{"memory", context.memory_folder().string()},
                       {"facts", stats.facts},
                       {"quarantined", stats.quarantined},
                       {"retracted", stats.retracted},
                       {"entities", stats.entities},
                       {"aliases", stats.aliases},
                       {"relations", stats.relations},
                       {"documents", stats.documents},
                       {"sentences", stats.sentences},
                       {"events", stats.events},
                       {"vectors", stats.vectors},
                       {"bytes", stats.bytes},
                       {"namespaces", stats.name_spaces}});
    return kExitOk;
  }
  std::string name_spaces;
  for (const std::string& name : stats.name_spaces) name_spaces += (name_spaces.empty() ? "" : ", ") + name;
  Table table({{"memory"}, {context.memory_folder().string()}});
  table.add({"facts", std::to_string(stats.facts)});
  table.add({"quarantined", std::to_string(stats.quarantined)});
  table.add({"retracted", std::to_string(stats.retracted)});
  table.add({"entities", std::to_string(stats.entities)});
  table.add({"aliases", std::to_string(stats.aliases)});
  table.add({"relations", std::to_string(stats.relations)});
  table.add({"documents", std::to_string(stats.documents)});
  table.add({"sentences", std::to_string(stats.sentences)});
  table.add({"events", std::to_string(stats.events)});
  table.add({"vectors", std::to_string(stats.vectors)});
  table.add({"bytes", std::to_string(stats.bytes)});
  table.add({"namespaces", name_spaces});
  table.print(std::cout, 0);
  return kExitOk;
}

int verify(Context& context) {
  context.refuse_as_of("verify");
  const Memory memory = context.open_memory();
  const VerifyReport report = memory.verify();
  if (context.global.json) {
    context.print(Json{{"clean", report.clean()}, {"problems", report.problems}});
  } else if (report.clean()) {
    std::cout << "clean\n";
  } else {
    for (const std::string& problem : report.problems) std::cout << printable(problem) << '\n';
    std::cout << report.problems.size() << " problems; `memllm reindex` rebuilds indices, an export made earlier restores facts\n";
  }
  return report.clean() ? kExitOk : kExitNotFound;
}

int reindex(Context& context) {
  context.refuse_as_of("reindex");
  Memory memory = context.open_memory(EmbedderMismatch::kTakeOver);
  memory.reindex();
  const MemoryStats stats = memory.stats();
  if (context.global.json) {
    context.print(Json{{"reindexed", true}, {"vectors", stats.vectors}});
  } else {
    std::cout << "rebuilt the indices; " << stats.vectors << " vectors\n";
  }
  return kExitOk;
}

}  // namespace

void add_maintenance_commands(CLI::App& root, Context& context) {
  CLI::App& stats_command = add_command(root, "stats", "count what is in the memory", "  memllm stats\n");
  set_action(stats_command, context, [&context] { return stats(context); });
  CLI::App& verify_command =
      add_command(root, "verify", "check the memory; exit code 1 and a list when something is wrong", "  memllm verify --json\n");
  set_action(verify_command, context, [&context] { return verify(context); });
  CLI::App& reindex_command =
      add_command(root, "reindex", "rebuild the database's indices, and the name space's vectors and index files", "  memllm reindex\n");
  set_action(reindex_command, context, [&context] { return reindex(context); });
}

}  // namespace memllm::cli
