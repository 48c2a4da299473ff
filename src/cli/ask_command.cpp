#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "command/exit_code.h"
#include "command/interrupt.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/fact_text.h"
#include "terminal/sentence_text.h"
#include "wire/words.h"

namespace memllm::cli {
namespace {

struct AskArguments {
  std::string question;
  ReadOptions read;
};

Json answer_json(const std::string& question, const Answer& answer) {
  Json calls = Json::array();
  for (const CallTrace& call : answer.completion.calls) calls.push_back(json_of(call));
  Json sentences = Json::array();
  for (const Sentence& sentence : answer.sentences) sentences.push_back(json_of(sentence));
  Json taken_names = Json::array();
  for (const Answer::TakenName& taken : answer.taken_names) taken_names.push_back({{"asked", taken.asked}, {"name", taken.name}});
  return {{"question", question},
          {"origin", to_string(answer.origin)},
          {"answer", answer.text},
          {"taken_names", std::move(taken_names)},
          {"facts", json_of(answer.facts)},
          {"sentences", std::move(sentences)},
          {"completion",
           {{"text", answer.completion.text},
            {"calls", std::move(calls)},
            {"mean_log_probability", answer.completion.mean_log_probability},
            {"stop", to_string(answer.completion.stop)}}}};
}

void print_answer(const Answer& answer, const Terminal& terminal) {
  const std::string text = answer.text.empty() ? "(no answer)" : printable_lines(answer.text);
  for (const Answer::TakenName& taken : answer.taken_names) {
    std::cout << terminal.styled(Style::kWarning,
                                 "\"" + printable(taken.asked) + "\" is not known; this is about " + printable(taken.name) + ".")
              << '\n';
  }
  if (answer.origin != Answer::Origin::kMemory) {
    std::cout << terminal.styled(Style::kWarning, "The memory does not know.");
    if (answer.origin == Answer::Origin::kModel) std::cout << " The model's own guess: " << text;
    std::cout << '\n';
    if (!answer.sentences.empty() || !answer.facts.empty()) std::cout << "Nearest to the question:\n";
  } else {
    std::cout << terminal.styled(Style::kBold, text) << '\n';
  }
  for (const Sentence& sentence : answer.sentences) {
    std::cout << "  \"" << printable(sentence.text) << "\"\n      " << terminal.styled(Style::kDim, place_text(sentence)) << '\n';
  }
  for (const Fact& fact : answer.facts) {
    std::cout << "  #" << fact.id << "  " << triple_text(fact) << '\n';
    print_sources(std::cout, fact.sources, terminal, "      ");
  }
}

int ask(Context& context, const AskArguments& arguments) {
  const std::string question = argument_or_input(arguments.question);
  const ModelOptions models = context.model_options(Needs::kReadAdapter);
  Interrupt interrupt;
  Memory memory = context.open_memory();
  Session session(memory, models);
  ReadOptions read = arguments.read;
  read.as_of = context.as_of();
  const Answer answer = session.ask(question, read, interrupt.token());
  if (interrupt.requested()) throw Error(ErrorKind::kCancelled, "stopped before the answer was complete");
  if (context.global.json) {
    context.print(answer_json(question, answer));
  } else {
    print_answer(answer, context.out);
  }
  return kExitOk;
}

}  // namespace

void add_ask_command(CLI::App& root, Context& context) {
  CLI::App& command = add_command(root, "ask", "answer a question from the memory, with the facts and sentences behind it",
                                  "  memllm ask \"Who founded Acme?\"\n"
                                  "  memllm ask \"Where do I work now?\" --author \"Jonas Feld\"\n"
                                  "  memllm ask --json \"Where was Ada Lovelace born?\"\n");
  auto arguments = std::make_shared<AskArguments>();
  command.add_option("QUESTION", arguments->question, "the question, in quotes; - for standard input")->required();
  command.add_option("--author", arguments->read.asker, "who \"I\" is in the question");
  command.add_flag("--guess", arguments->read.guess, "where the memory does not know, let the model guess");
  add_read_options(command, arguments->read);
  set_action(command, context, [&context, arguments] { return ask(context, *arguments); });
}

}  // namespace memllm::cli
