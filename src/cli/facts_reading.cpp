#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <limits>
#include <memory>
#include <set>

#include "cli/facts_commands.h"
#include "command/choice.h"
#include "command/documents.h"
#include "command/exit_code.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/fact_text.h"

namespace memllm::cli {
namespace {

constexpr std::array kStates{Choice{"active", FactFilter::State::kActive}, Choice{"quarantined", FactFilter::State::kQuarantined},
                             Choice{"retracted", FactFilter::State::kRetracted}, Choice{"all", FactFilter::State::kAll}};

struct FilterArguments {
  std::string words;
  FactFilter filter;
  bool sources = false;
};

void add_filter_options(CLI::App& command, FilterArguments& arguments) {
  const auto name_option = [&](const char* flag, std::optional<std::string>& target, const char* description) {
    command.add_option_function<std::string>(
        flag, [&target](const std::string& value) { target = value; }, description);
  };
  FactFilter& filter = arguments.filter;
  name_option("--subject", filter.subject, "only facts about this entity (name or alias)");
  name_option("--relation", filter.relation, "only this relation");
  name_option("--object", filter.object, "only facts with this object");
  name_option("--entity", filter.entity, "only facts with this entity as subject or object");
  name_option("--document", filter.document, "only facts that this document supports");
  add_choice(command, "--state", filter.state, kStates, "active, quarantined (its score was low: see `facts accept`), retracted or all");
  command.add_option("--limit", filter.limit, "at most so many")->check(CLI::Range(1, 10'000'000))->capture_default_str();
  command.add_option("--offset", filter.offset, "leave out the first so many")->check(CLI::NonNegativeNumber)->capture_default_str();
  command.add_flag("--sources", arguments.sources, "by sentence, with the model's scores");
}

void print_facts(const Context& context, const std::vector<Fact>& facts, const FilterArguments& arguments, bool more) {
  if (context.global.json) {
    context.print(Json{{"facts", json_of(facts)}, {"truncated", more}});
    return;
  }
  if (facts.empty()) {
    std::cout << "no facts\n";
  } else if (arguments.sources) {
    print_by_sentence(std::cout, with_one_source(facts, arguments.filter.document), context.out, "");
  } else {
    print_fact_table(std::cout, facts, context.out);
  }
  if (more) std::cout << "… more: --offset " << arguments.filter.offset + facts.size() << '\n';
}

enum class Find { kList, kSearch };

int find_facts(Context& context, const FilterArguments& arguments, Find find) {
  FactFilter filter = arguments.filter;
  filter.as_of = context.as_of();
  const std::size_t wanted = filter.limit;
  ++filter.limit;  // one more tells whether there are more
  const Memory memory = context.open_memory();
  if (filter.document) filter.document = required_document(memory, *filter.document);
  std::vector<Fact> facts = find == Find::kList ? memory.list(filter) : memory.search(arguments.words, filter);
  const bool more = facts.size() > wanted;
  if (more) facts.resize(wanted);
  FilterArguments shown = arguments;
  shown.filter.document = filter.document;
  print_facts(context, facts, shown, more);
  return kExitOk;
}

int show(Context& context, FactId id) {
  const Memory memory = context.open_memory();
  const Fact fact = required_fact(context, memory, id);
  if (context.global.json) {
    context.print(Json{{"fact", json_of(fact)}});
  } else {
    print_fact(std::cout, fact, context.out);
  }
  return kExitOk;
}

std::vector<Event> events_as_of(const Context& context, const Memory& memory, std::optional<FactId> id, std::size_t limit) {
  const std::optional<Timestamp> as_of = context.as_of();
  std::vector<Event> events = memory.history(id, as_of ? std::numeric_limits<std::int32_t>::max() : limit);
  if (as_of) {
    std::erase_if(events, [&](const Event& event) { return event.at > *as_of; });
    std::set<EventId> known;
    for (const Event& event : events) known.insert(event.id);
    for (Event& event : events) {
      if (event.undone_by && !known.contains(*event.undone_by)) event.undone_by.reset();
    }
  }
  if (events.size() > limit) events.resize(limit);
  return events;
}

Json events_json(const std::vector<Event>& events) {
  Json out = Json::array();
  for (const Event& event : events) out.push_back(json_of(event));
  return out;
}

int history(Context& context, std::optional<FactId> id, std::size_t limit) {
  const Memory memory = context.open_memory();
  const std::vector<Event> events = events_as_of(context, memory, id, limit);
  if (id && events.empty()) required_fact(context, memory, *id);
  if (context.global.json) {
    context.print(Json{{"events", events_json(events)}});
  } else if (events.empty()) {
    std::cout << "no events\n";
  } else {
    print_events(std::cout, events, context.out);
  }
  return kExitOk;
}

// The chain of facts that replaced the given one, nearest first. Bounded: a damaged memory could hold a circle.
std::vector<Fact> successors(const Memory& memory, const Fact& fact, const std::optional<Timestamp>& as_of) {
  constexpr std::size_t kLongestChain = 1000;
  std::vector<Fact> out;
  std::optional<FactId> next = fact.successor;
  while (next && out.size() < kLongestChain) {
    std::optional<Fact> successor = memory.get(*next, as_of);
    if (!successor) break;
    next = successor->successor;
    out.push_back(std::move(*successor));
  }
  return out;
}

int why(Context& context, FactId id) {
  constexpr std::size_t kEvents = 1000;
  const Memory memory = context.open_memory();
  const Fact fact = required_fact(context, memory, id);
  const std::vector<Event> events = events_as_of(context, memory, id, kEvents);
  const std::vector<Fact> replaced_by = successors(memory, fact, context.as_of());
  if (context.global.json) {
    context.print(Json{{"fact", json_of(fact)}, {"replaced_by", json_of(replaced_by)}, {"events", events_json(events)}});
    return kExitOk;
  }
  print_fact(std::cout, fact, context.out);
  for (const Source& source : fact.sources) {
    if (!source.model.empty())
      std::cout << "  written by model " << printable(source.model) << ", adapter " << printable(source.adapter) << '\n';
  }
  for (const Fact& successor : replaced_by) std::cout << "  now #" << successor.id << "  " << triple_text(successor) << '\n';
  print_events(std::cout, events, context.out);
  return kExitOk;
}

void add_id_command(CLI::App& facts, Context& context, const std::string& name, const std::string& description, const std::string& examples,
                    int (*action)(Context&, FactId)) {
  CLI::App& command = add_command(facts, name, description, examples);
  auto id = std::make_shared<FactId>();
  command.add_option("ID", *id, "number of the fact")->required();
  set_action(command, context, [&context, id, action] { return action(context, *id); });
}

}  // namespace

Fact required_fact(const Context& context, const Memory& memory, FactId id) {
  if (std::optional<Fact> fact = memory.get(id, context.as_of())) return *std::move(fact);
  if (memory.get(id)) throw Error(ErrorKind::kNotFound, "fact " + std::to_string(id) + " was not yet recorded at " + context.global.as_of);
  throw Error(ErrorKind::kNotFound, "there is no fact " + std::to_string(id) + "; `memllm facts list` shows what there is");
}

void add_fact_reading_commands(CLI::App& facts, Context& context) {
  {
    CLI::App& command = add_command(facts, "list", "list facts",
                                    "  memllm facts list --entity \"Ada Lovelace\"\n"
                                    "  memllm facts list --document notes.txt --sources\n"
                                    "  memllm facts list --state quarantined --sources\n"
                                    "  memllm facts list --subject Acme --relation founder --object \"Jane Roe\" --json\n");
    auto arguments = std::make_shared<FilterArguments>();
    add_filter_options(command, *arguments);
    set_action(command, context, [&context, arguments] { return find_facts(context, *arguments, Find::kList); });
  }
  {
    CLI::App& command = add_command(facts, "search", "find facts by words, then by names of near meaning; best first",
                                    "  memllm facts search lovelace\n"
                                    "  memllm facts search \"place of birth\" --limit 5\n");
    auto arguments = std::make_shared<FilterArguments>();
    command.add_option("WORDS", arguments->words, "words, in quotes if several")->required();
    add_filter_options(command, *arguments);
    set_action(command, context, [&context, arguments] { return find_facts(context, *arguments, Find::kSearch); });
  }
  add_id_command(facts, context, "show", "show one fact with its sources", "  memllm facts show 12\n", show);
  add_id_command(facts, context, "why", "show where a fact came from, what replaced it, and every change to it", "  memllm facts why 12\n",
                 why);
  {
    CLI::App& command = add_command(facts, "history", "list the changes of the memory, or of one fact; newest first",
                                    "  memllm facts history\n"
                                    "  memllm facts history 12 --json\n");
    struct Arguments {
      FactId id = 0;
      std::size_t limit = 100;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::Option* id = command.add_option("ID", arguments->id, "number of the fact; left out: the whole memory");
    command.add_option("--limit", arguments->limit, "at most so many")->check(CLI::Range(1, 10'000'000))->capture_default_str();
    set_action(command, context, [&context, arguments, id] {
      return history(context, id->count() > 0 ? std::optional(arguments->id) : std::nullopt, arguments->limit);
    });
  }
}

}  // namespace memllm::cli
