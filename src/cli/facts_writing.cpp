#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/event_kind.h"
#include "cli/facts_commands.h"
#include "command/consent.h"
#include "command/exit_code.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/fact_text.h"

namespace memllm::cli {
namespace {

using OptionalText = std::optional<std::string>;

void add_text_option(CLI::App& command, const char* flag, OptionalText& target, const char* description) {
  command.add_option_function<std::string>(
      flag, [&target](const std::string& value) { target = value; }, description);
}

void print_changed(const Context& context, const Memory& memory, FactId id, const std::string& verb) {
  const std::optional<Fact> fact = memory.get(id);
  if (!fact) throw Error(ErrorKind::kInternal, "fact " + std::to_string(id) + " is gone after it was stored");
  if (context.global.json) {
    context.print(Json{{"fact", json_of(*fact)}});
  } else {
    std::cout << verb << " #" << id << "  " << triple_text(*fact) << '\n';
  }
}

struct AddArguments {
  Triple triple;
  bool replace = false;
  std::string author = "user";
  std::string sentence;
  OptionalText valid_from, valid_to;
};

int add(Context& context, const AddArguments& arguments) {
  context.refuse_as_of("facts add");
  Statement statement;
  statement.triple = arguments.triple;
  statement.source.author = arguments.author;
  statement.source.text = arguments.sentence;
  if (arguments.valid_from) statement.valid_from = parse_timestamp(*arguments.valid_from);
  if (arguments.valid_to) statement.valid_to = parse_timestamp(*arguments.valid_to);
  Memory memory = context.open_memory();
  const FactId id = arguments.replace ? memory.replace(statement) : memory.add(statement);
  print_changed(context, memory, id, "stored");
  return kExitOk;
}

void add_add_command(CLI::App& facts, Context& context) {
  CLI::App& command = add_command(facts, "add", "state a fact by hand",
                                  "  memllm facts add Acme founder \"Jane Roe\"\n"
                                  "  memllm facts add --replace Acme CEO \"John Doe\" --valid-from 2026-01-01\n"
                                  "  memllm facts add --sentence \"It fell to -5.\" -- Acme result -5\n");
  auto arguments = std::make_shared<AddArguments>();
  command.add_option("SUBJECT", arguments->triple.subject, "entity that the fact is about")->required();
  command.add_option("RELATION", arguments->triple.relation, "for example: place of birth")->required();
  command.add_option("OBJECT", arguments->triple.object, "entity or value")->required();
  command.add_flag("--replace", arguments->replace, "take back other objects of this subject and relation");
  command.add_option("--author", arguments->author, "who states it")->capture_default_str();
  command.add_option("--sentence", arguments->sentence, "the sentence that says so");
  add_text_option(command, "--valid-from", arguments->valid_from, "it holds from this time on");
  add_text_option(command, "--valid-to", arguments->valid_to, "it held until this time");
  set_action(command, context, [&context, arguments] { return add(context, *arguments); });
}

struct EditArguments {
  FactId id = 0;
  OptionalText subject, relation, object;
  std::string author = "user";
};

int edit(Context& context, const EditArguments& arguments) {
  context.refuse_as_of("facts edit");
  if (!arguments.subject && !arguments.relation && !arguments.object) {
    throw Error(ErrorKind::kInvalidArgument, "nothing to change: give --subject, --relation or --object");
  }
  Memory memory = context.open_memory();
  required_fact(context, memory, arguments.id);
  const FactId id = memory.edit(arguments.id, arguments.subject, arguments.relation, arguments.object, arguments.author);
  print_changed(context, memory, id, "#" + std::to_string(arguments.id) + " is now");
  return kExitOk;
}

void add_edit_command(CLI::App& facts, Context& context) {
  CLI::App& command =
      add_command(facts, "edit", "correct a fact; the old one stays in the history", "  memllm facts edit 12 --object \"Jane Roe\"\n");
  auto arguments = std::make_shared<EditArguments>();
  command.add_option("ID", arguments->id, "number of the fact")->required();
  add_text_option(command, "--subject", arguments->subject, "the right subject");
  add_text_option(command, "--relation", arguments->relation, "the right relation");
  add_text_option(command, "--object", arguments->object, "the right object");
  command.add_option("--author", arguments->author, "who corrects it")->capture_default_str();
  set_action(command, context, [&context, arguments] { return edit(context, *arguments); });
}

void add_accept_command(CLI::App& facts, Context& context) {
  CLI::App& command = add_command(facts, "accept", "believe facts that learn quarantined because their score was low",
                                  "  memllm facts list --state quarantined --sources\n"
                                  "  memllm facts accept 17 18\n");
  struct Arguments {
    std::vector<FactId> ids;
    std::string author = "user";
  };
  auto arguments = std::make_shared<Arguments>();
  command.add_option("ID", arguments->ids, "numbers of the facts")->required();
  command.add_option("--author", arguments->author, "who accepts them")->capture_default_str();
  set_action(command, context, [&context, arguments] {
    context.refuse_as_of("facts accept");
    Memory memory = context.open_memory();
    std::vector<Fact> accepted;
    for (const FactId id : arguments->ids) {
      required_fact(context, memory, id);
      memory.accept(id, arguments->author);
      accepted.push_back(required_fact(context, memory, id));
      if (!context.global.json) std::cout << "accepted #" << id << "  " << triple_text(accepted.back()) << '\n';
    }
    if (context.global.json) context.print(Json{{"facts", json_of(accepted)}});
    return kExitOk;
  });
}

void add_retract_command(CLI::App& facts, Context& context) {
  CLI::App& command = add_command(facts, "retract", "stop believing facts, or reject quarantined ones; they stay in the history",
                                  "  memllm facts retract 17 18\n"
                                  "  memllm facts retract 12 --reason \"the article was wrong\"\n");
  struct Arguments {
    std::vector<FactId> ids;
    std::string reason = "retracted by hand";
    std::string author = "user";
  };
  auto arguments = std::make_shared<Arguments>();
  command.add_option("ID", arguments->ids, "numbers of the facts")->required();
  command.add_option("--reason", arguments->reason, "why")->capture_default_str();
  command.add_option("--author", arguments->author, "who retracts them")->capture_default_str();
  set_action(command, context, [&context, arguments] {
    context.refuse_as_of("facts retract");
    Memory memory = context.open_memory();
    std::vector<Fact> retracted;
    for (const FactId id : arguments->ids) {
      required_fact(context, memory, id);
      memory.retract(id, arguments->reason, arguments->author);
      retracted.push_back(required_fact(context, memory, id));
      if (!context.global.json) std::cout << "retracted #" << id << "  " << triple_text(retracted.back()) << '\n';
    }
    if (context.global.json) context.print(Json{{"facts", json_of(retracted)}});
    return kExitOk;
  });
}

struct ForgetArguments {
  FactId id = 0;
  std::string entity;
  bool exact = false;
  bool yes = false;
};

int forget(Context& context, const ForgetArguments& arguments, bool by_id) {
  context.refuse_as_of("facts forget");
  if (by_id != arguments.entity.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "give either the number of a fact or --entity NAME");
  }
  Memory memory = context.open_memory();
  std::string what = by_id ? "fact " + std::to_string(arguments.id) : "entity " + printable(arguments.entity);
  if (by_id) required_fact(context, memory, arguments.id);
  if (!by_id && !arguments.exact) what += " and all facts with names that hold this one";
  require_consent(context, arguments.yes, what);
  if (by_id) {
    memory.forget(arguments.id);
  } else {
    memory.forget_entity(arguments.entity, arguments.exact ? ForgetNames::kExact : ForgetNames::kContaining);
  }
  if (context.global.json) {
    context.print(by_id ? Json{{"forgotten", {{"fact", arguments.id}}}} : Json{{"forgotten", {{"entity", arguments.entity}}}});
  } else {
    std::cout << "forgot " << what << '\n';
  }
  return kExitOk;
}

void add_forget_command(CLI::App& facts, Context& context) {
  CLI::App& command = add_command(facts, "forget",
                                  "remove a fact with its sources and history, or an entity with every text that mentions it; not undoable",
                                  "  memllm facts forget 12\n"
                                  "  memllm facts forget --entity \"Jane Roe\" --yes\n");
  auto arguments = std::make_shared<ForgetArguments>();
  CLI::Option* id = command.add_option("ID", arguments->id, "number of the fact");
  command.add_option("--entity", arguments->entity, "name of an entity");
  command.add_flag("--exact", arguments->exact, "with --entity: keep facts with longer names that hold this one (\"Jane Roe's diary\")");
  command.add_flag("-y,--yes", arguments->yes, "do not ask");
  set_action(command, context, [&context, arguments, id] { return forget(context, *arguments, id->count() > 0); });
}

int undo(Context& context, std::optional<EventId> event) {
  context.refuse_as_of("facts undo");
  Memory memory = context.open_memory();
  const std::optional<Event> undone = memory.undo(event);
  if (!undone) throw Error(ErrorKind::kNotFound, "nothing to undo");
  if (context.global.json) {
    context.print(Json{{"undone", json_of(*undone)}});
  } else {
    std::cout << "undid event " << undone->id << " (" << to_string(undone->kind) << "): " << printable(undone->detail) << '\n';
  }
  return kExitOk;
}

void add_undo_command(CLI::App& facts, Context& context) {
  CLI::App& command = add_command(facts, "undo", "take back the newest change, or the given one",
                                  "  memllm facts undo\n"
                                  "  memllm facts undo 31\n");
  auto event = std::make_shared<EventId>();
  CLI::Option* given = command.add_option("EVENT", *event, "number of the event (`memllm facts history`)");
  set_action(command, context,
             [&context, event, given] { return undo(context, given->count() > 0 ? std::optional(*event) : std::nullopt); });
}

void add_alias_command(CLI::App& facts, Context& context) {
  CLI::App& command =
      add_command(facts, "alias", "give an entity another name", "  memllm facts alias \"Ada Lovelace\" \"Countess of Lovelace\"\n");
  struct Arguments {
    std::string entity, alias;
  };
  auto arguments = std::make_shared<Arguments>();
  command.add_option("ENTITY", arguments->entity, "its name")->required();
  command.add_option("ALIAS", arguments->alias, "the other name")->required();
  set_action(command, context, [&context, arguments] {
    context.refuse_as_of("facts alias");
    Memory memory = context.open_memory();
    memory.add_alias(arguments->entity, arguments->alias);
    if (context.global.json) {
      context.print(Json{{"entity", arguments->entity}, {"alias", arguments->alias}});
    } else {
      std::cout << printable(arguments->entity) << " is also " << printable(arguments->alias) << '\n';
    }
    return kExitOk;
  });
}

void add_relation_command(CLI::App& facts, Context& context) {
  static const std::map<std::string, RelationPolicy> kPolicies{{"functional", RelationPolicy::kFunctional},
                                                               {"multi-valued", RelationPolicy::kMultiValued}};
  CLI::App& command = add_command(facts, "relation", "say whether a relation has one value or many",
                                  "  memllm facts relation \"place of birth\" functional\n");
  struct Arguments {
    std::string relation, policy, embedding_template;
  };
  auto arguments = std::make_shared<Arguments>();
  command.add_option("RELATION", arguments->relation, "its name")->required();
  command.add_option("POLICY", arguments->policy, "functional or multi-valued")
      ->check(CLI::IsMember({"functional", "multi-valued"}))
      ->required();
  command.add_option("--embedding-template", arguments->embedding_template, "text to embed instead of the name, with {} for the name");
  set_action(command, context, [&context, arguments] {
    context.refuse_as_of("facts relation");
    Memory memory = context.open_memory();
    memory.set_relation(arguments->relation, kPolicies.at(arguments->policy), arguments->embedding_template);
    if (context.global.json) {
      context.print(Json{{"relation", arguments->relation}, {"policy", arguments->policy}});
    } else {
      std::cout << printable(arguments->relation) << " is " << arguments->policy << '\n';
    }
    return kExitOk;
  });
}

}  // namespace

void add_fact_writing_commands(CLI::App& facts, Context& context) {
  add_add_command(facts, context);
  add_edit_command(facts, context);
  add_accept_command(facts, context);
  add_retract_command(facts, context);
  add_forget_command(facts, context);
  add_undo_command(facts, context);
  add_alias_command(facts, context);
  add_relation_command(facts, context);
}

void add_facts_commands(CLI::App& root, Context& context) {
  CLI::App& facts = add_command(root, "facts", "look at facts, correct them, remove them",
                                "  memllm facts list\n"
                                "  memllm facts edit 12 --object \"Jane Roe\"\n"
                                "  memllm facts undo\n");
  facts.require_subcommand(1);
  add_fact_reading_commands(facts, context);
  add_fact_writing_commands(facts, context);
}

}  // namespace memllm::cli
