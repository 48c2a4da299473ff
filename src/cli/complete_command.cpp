#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "command/exit_code.h"
#include "command/interrupt.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/marked_text.h"
#include "wire/words.h"

namespace memllm::cli {
namespace {

struct CompleteArguments {
  std::string prompt;
  ReadOptions read;
};

Json completion_json(const std::string& prompt, const Completion& completion, const std::vector<Mark>& marks) {
  Json calls = Json::array();
  for (const CallTrace& call : completion.calls) calls.push_back(json_of(call));
  Json marked = Json::array();
  for (const Mark& mark : marks) marked.push_back({{"span", json_of(mark.span)}, {"call", mark.call}});
  return {{"prompt", prompt},
          {"text", completion.text},
          {"calls", std::move(calls)},
          {"marks", std::move(marked)},
          {"mean_log_probability", completion.mean_log_probability},
          {"stop", to_string(completion.stop)}};
}

int complete(Context& context, const CompleteArguments& arguments) {
  const std::string prompt = argument_or_input(arguments.prompt);
  const ModelOptions models = context.model_options(Needs::kReadAdapter);
  Interrupt interrupt;
  Memory memory = context.open_memory();
  Session session(memory, models);
  ReadOptions read = arguments.read;
  read.as_of = context.as_of();
  const Completion completion = session.complete(prompt, read, interrupt.token());
  const std::vector<Mark> marks = find_marks(completion);
  if (context.global.json) {
    context.print(completion_json(prompt, completion, marks));
  } else {
    std::cout << context.out.styled(Style::kDim, printable_lines(prompt)) << marked_text(completion, marks, context.out) << '\n';
    print_footnotes(std::cout, completion, marks, context.out);
  }
  return interrupt.requested() ? kExitCancelled : kExitOk;
}

}  // namespace

void add_complete_command(CLI::App& root, Context& context) {
  CLI::App& command =
      add_command(root, "complete", "continue a text; words that came with facts stand in brackets, with a footnote that shows the facts",
                  "  memllm complete \"Ada Lovelace was born in\"\n"
                  "  memllm complete --max-tokens 120 --json - < opening.txt\n");
  auto arguments = std::make_shared<CompleteArguments>();
  command.add_option("PROMPT", arguments->prompt, "the text's beginning, in quotes; - for standard input")->required();
  add_read_options(command, arguments->read);
  set_action(command, context, [&context, arguments] { return complete(context, *arguments); });
}

}  // namespace memllm::cli
