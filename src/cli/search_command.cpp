#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "command/documents.h"
#include "command/exit_code.h"
#include "terminal/sentence_text.h"

namespace memllm::cli {
namespace {

struct SearchArguments {
  std::string text;
  std::string document, speaker;
  SearchOptions options;
};

int search(Context& context, const SearchArguments& arguments) {
  const std::string text = argument_or_input(arguments.text);
  SearchOptions options = arguments.options;
  options.as_of = context.as_of();
  const Memory memory = context.open_memory();
  if (!arguments.document.empty()) options.document = required_document(memory, arguments.document);
  if (!arguments.speaker.empty()) options.speaker = arguments.speaker;
  const std::vector<SearchHit> hits = memory.find(text, options);
  if (context.global.json) {
    Json list = Json::array();
    for (const SearchHit& hit : hits) list.push_back(json_of(hit));
    context.print(Json{{"query", text}, {"hits", std::move(list)}});
    return kExitOk;
  }
  if (hits.empty()) std::cout << "nothing found\n";
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (i > 0) std::cout << '\n';
    print_hit(std::cout, hits[i], context.out);
  }
  return kExitOk;
}

}  // namespace

void add_search_command(CLI::App& root, Context& context) {
  CLI::App& command = add_command(root, "search", "find sentences and facts by words and by meaning; best first",
                                  "  memllm search \"when is the kitchen delivered\"\n"
                                  "  memllm search budget --document notes.md --neighbours 1\n"
                                  "  memllm search allergies --speaker Ada --json\n");
  auto arguments = std::make_shared<SearchArguments>();
  command.add_option("TEXT", arguments->text, "a question or words, in quotes; - for standard input")->required();
  command.add_option("--limit", arguments->options.limit, "at most so many")->check(CLI::Range(1, 10'000))->capture_default_str();
  command.add_option("--neighbours", arguments->options.neighbours, "show so many sentences before and after each")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_option("--document", arguments->document, "only of this document: its name, or the end of it");
  command.add_option("--speaker", arguments->speaker, "only what this speaker of a chat, or author of a document, said");
  set_action(command, context, [&context, arguments] { return search(context, *arguments); });
}

}  // namespace memllm::cli
