#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "command/consent.h"
#include "command/documents.h"
#include "command/exit_code.h"
#include "terminal/display.h"
#include "terminal/sentence_text.h"
#include "terminal/table.h"

namespace memllm::cli {
namespace {

int list(Context& context) {
  const Memory memory = context.open_memory();
  const std::vector<DocumentInfo> documents = memory.documents(context.as_of());
  if (context.global.json) {
    Json all = Json::array();
    for (const DocumentInfo& document : documents) all.push_back(json_of(document));
    context.print(Json{{"documents", std::move(all)}});
    return kExitOk;
  }
  if (documents.empty()) {
    std::cout << "no documents\n";
    return kExitOk;
  }
  Table table({{"document"}, {"sentences", Align::kRight}, {"facts", Align::kRight}, {"quarantined", Align::kRight}, {"learned"}});
  for (const DocumentInfo& document : documents) {
    table.add({document_text(document.name), std::to_string(document.sentences), std::to_string(document.facts),
               std::to_string(document.quarantined), document.learned_at});
  }
  table.print(std::cout, context.out.width());
  return kExitOk;
}

int show(Context& context, const std::string& given) {
  const Memory memory = context.open_memory();
  const std::string name = required_document(memory, given);
  const std::vector<Sentence> sentences = memory.sentences(name, context.as_of());
  if (context.global.json) {
    Json all = Json::array();
    for (const Sentence& sentence : sentences) all.push_back(json_of(sentence));
    context.print(Json{{"document", name}, {"sentences", std::move(all)}});
    return kExitOk;
  }
  std::cout << context.out.styled(Style::kBold, document_text(name)) << '\n';
  std::string heading;
  for (const Sentence& sentence : sentences) {
    if (sentence.heading != heading && !sentence.heading.empty()) {
      std::cout << context.out.styled(Style::kDim, printable(sentence.heading)) << '\n';
    }
    heading = sentence.heading;
    std::cout << "  " << sentence.number + 1 << "  " << (sentence.speaker.empty() ? "" : printable(sentence.speaker) + ": ")
              << printable(sentence.text) << '\n';
  }
  return kExitOk;
}

int forget(Context& context, const std::vector<std::string>& given, bool yes) {
  context.refuse_as_of("documents forget");
  Memory memory = context.open_memory();
  std::vector<std::string> names;
  for (const std::string& one : given) names.push_back(required_document(memory, one));
  std::string what;
  for (const std::string& name : names) what += (what.empty() ? "" : ", ") + document_text(name);
  require_consent(context, yes, what + " with the sentences and facts that come from there alone");
  for (const std::string& name : names) memory.forget_document(name);
  if (context.global.json) {
    context.print(Json{{"forgotten", {{"documents", names}}}});
  } else {
    std::cout << "forgot " << what << '\n';
  }
  return kExitOk;
}

}  // namespace

void add_documents_commands(CLI::App& root, Context& context) {
  CLI::App& documents = add_command(root, "documents", "look at the documents that were learned, remove them",
                                    "  memllm documents list\n"
                                    "  memllm documents show notes.md\n"
                                    "  memllm documents forget notes.md\n");
  documents.require_subcommand(1);
  CLI::App& list_command =
      add_command(documents, "list", "list the documents with what is kept of each", "  memllm documents list --json\n");
  set_action(list_command, context, [&context] { return list(context); });

  CLI::App& show_command = add_command(documents, "show", "show a document's sentences", "  memllm documents show notes.md\n");
  auto shown = std::make_shared<std::string>();
  show_command.add_option("NAME", *shown, "its name, or the end of it")->required();
  set_action(show_command, context, [&context, shown] { return show(context, *shown); });

  CLI::App& forget_command =
      add_command(documents, "forget", "remove documents, their sentences and the facts that come from them alone; not undoable",
                  "  memllm documents forget notes.md --yes\n");
  struct Arguments {
    std::vector<std::string> names;
    bool yes = false;
  };
  auto arguments = std::make_shared<Arguments>();
  forget_command.add_option("NAME", arguments->names, "their names, or the ends of them")->required();
  forget_command.add_flag("-y,--yes", arguments->yes, "do not ask");
  set_action(forget_command, context, [&context, arguments] { return forget(context, arguments->names, arguments->yes); });
}

}  // namespace memllm::cli
