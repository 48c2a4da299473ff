#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>

#include "cli/commands.h"
#include "command/exit_code.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/table.h"
#include "wire/words.h"

namespace memllm::cli {
namespace {

int duplicates(Context& context) {
  context.refuse_as_of("entities duplicates");
  const Memory memory = context.open_memory();
  const std::vector<DuplicateEntities> found = memory.duplicates();
  if (context.global.json) {
    Json all = Json::array();
    for (const DuplicateEntities& one : found) {
      all.push_back({{"name", one.name}, {"other", one.other}, {"likeness", to_string(one.likeness)}});
    }
    context.print(Json{{"duplicates", std::move(all)}});
    return kExitOk;
  }
  if (found.empty()) {
    std::cout << "no two names look like one entity\n";
    return kExitOk;
  }
  Table table({{"name"}, {"perhaps the same"}, {"because of"}});
  for (const DuplicateEntities& one : found) table.add({printable(one.name), printable(one.other), std::string(to_string(one.likeness))});
  table.print(std::cout, context.out.width());
  std::cout << "join two with: memllm entities merge NAME OTHER\n";
  return kExitOk;
}

int merge(Context& context, const std::string& name, const std::vector<std::string>& others) {
  context.refuse_as_of("entities merge");
  Memory memory = context.open_memory();
  for (const std::string& other : others) {
    // Another name that nothing is known of is likely mistyped; `facts alias` gives names that are new.
    FactFilter filter;
    filter.entity = other;
    filter.state = FactFilter::State::kAll;
    filter.limit = 1;
    if (memory.list(filter).empty()) {
      throw Error(ErrorKind::kNotFound, "no fact names \"" + other + "\"; `memllm facts alias` gives an entity a new name");
    }
  }
  for (const std::string& other : others) memory.add_alias(name, other);
  if (context.global.json) {
    context.print(Json{{"entity", name}, {"merged", others}});
  } else {
    for (const std::string& other : others) std::cout << printable(other) << " is now " << printable(name) << '\n';
  }
  return kExitOk;
}

struct SplitArguments {
  std::string name, as;
  std::vector<FactId> facts;
};

int split(Context& context, const SplitArguments& arguments) {
  context.refuse_as_of("entities split");
  Memory memory = context.open_memory();
  if (arguments.facts.empty()) {
    const Event undone = memory.separate(arguments.name);
    if (context.global.json) {
      context.print(Json{{"undone", json_of(undone)}});
    } else {
      std::cout << printable(arguments.name) << " stands for itself again\n";
    }
    return kExitOk;
  }
  FactFilter filter;
  filter.limit = std::numeric_limits<std::size_t>::max();
  filter.subject = arguments.name;
  const std::vector<Fact> as_subject = memory.list(filter);
  filter.subject.reset();
  filter.object = arguments.name;
  const std::vector<Fact> as_object = memory.list(filter);
  const auto holds = [](const std::vector<Fact>& facts, FactId id) { return std::ranges::find(facts, id, &Fact::id) != facts.end(); };
  for (const FactId id : arguments.facts) {
    if (holds(as_subject, id) || holds(as_object, id)) continue;
    throw Error(ErrorKind::kNotFound, "no believed fact " + std::to_string(id) + " is about \"" + arguments.name +
                                          "\"; `memllm facts list --entity` has those that are");
  }
  std::vector<FactId> made;
  for (const FactId id : arguments.facts) {
    made.push_back(holds(as_subject, id) ? memory.edit(id, arguments.as, {}, {}) : memory.edit(id, {}, {}, arguments.as));
  }
  if (context.global.json) {
    context.print(Json{{"entity", arguments.as}, {"facts", made}});
  } else {
    std::cout << made.size() << (made.size() == 1 ? " fact is" : " facts are") << " about " << printable(arguments.as) << " now\n";
  }
  return kExitOk;
}

}  // namespace

void add_entities_commands(CLI::App& root, Context& context) {
  CLI::App& entities = add_command(root, "entities", "find names that are one entity, join them, tell them apart",
                                   "  memllm entities duplicates\n"
                                   "  memllm entities merge \"Jane Roe\" \"J. Roe\"\n"
                                   "  memllm entities split \"Jane Roe\" --facts 14 --as \"Jane Roe of Oslo\"\n");
  entities.require_subcommand(1);
  CLI::App& duplicates_command =
      add_command(entities, "duplicates", "list names that are likely one entity", "  memllm entities duplicates --json\n");
  set_action(duplicates_command, context, [&context] { return duplicates(context); });

  CLI::App& merge_command = add_command(entities, "merge", "join entities: what is known of the others is known of the first; undoable",
                                        "  memllm entities merge \"Jane Roe\" \"J. Roe\"\n");
  struct MergeArguments {
    std::string name;
    std::vector<std::string> others;
  };
  auto merged = std::make_shared<MergeArguments>();
  merge_command.add_option("NAME", merged->name, "the entity")->required();
  merge_command.add_option("OTHER", merged->others, "names of entities that are the same")->required();
  set_action(merge_command, context, [&context, merged] { return merge(context, merged->name, merged->others); });

  CLI::App& split_command =
      add_command(entities, "split", "take a joined name apart again, or tell namesakes apart: some facts are about another of that name",
                  "  memllm entities split \"Jane\"\n"
                  "  memllm entities split \"Jane Roe\" --facts 14 --as \"Jane Roe of Oslo\"\n");
  auto arguments = std::make_shared<SplitArguments>();
  split_command.add_option("NAME", arguments->name, "the name")->required();
  CLI::Option* facts = split_command.add_option("--facts", arguments->facts, "the facts that are about the other one");
  CLI::Option* as = split_command.add_option("--as", arguments->as, "what the other one is called from now on");
  facts->needs(as);
  as->needs(facts);
  set_action(split_command, context, [&context, arguments] { return split(context, *arguments); });
}

}  // namespace memllm::cli
