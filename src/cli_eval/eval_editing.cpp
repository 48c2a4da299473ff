#include <CLI/CLI.hpp>
#include <memory>

#include "base/scratch_folder.h"
#include "cli_eval/eval_commands.h"
#include "command/exit_code.h"
#include "engine/session_impl.h"
#include "eval/editing.h"
#include "memllm/error.h"

namespace memllm::cli {
namespace {

struct EditingArguments {
  std::string edits, details;
  std::size_t skip = 0, limit = 0;
  bool outcomes = false;
  EditingOptions options;
};

constexpr std::array kEditSources{Choice{"written", EditSource::kWritten}, Choice{"gold", EditSource::kGold}};

Json answer_json(const AskedAnswer& answer) { return {{"text", answer.text}, {"returned", answer.returned}}; }

Json outcome_json(const ZsreEdit& edit, const EditOutcome& outcome) {
  Json written = Json::array();
  for (const Triple& triple : outcome.written) written.push_back({triple.subject, triple.relation, triple.object});
  return {{"prompt", edit.prompt},
          {"target", edit.target_new},
          {"written", std::move(written)},
          {"target_written", outcome.target_written},
          {"superseded", outcome.superseded},
          {"reliability", answer_json(outcome.reliability)},
          {"generality", answer_json(outcome.generality)},
          {"locality_base", outcome.locality_base},
          {"locality_before", outcome.locality_before},
          {"locality_after", outcome.locality_after},
          {"reliable", outcome.reliable},
          {"general", outcome.general},
          {"local", outcome.local},
          {"as_base", outcome.as_base}};
}

int evaluate(Context& context, EditingArguments arguments) {
  context.refuse_as_of("eval editing");
  const std::vector<ZsreEdit> edits = chosen(read_zsre(arguments.edits), arguments.skip, arguments.limit);
  Interrupt interrupt;
  const EvalModels models = load_eval_models(context, Needs::kBothAdapters);
  const ScratchFolder scratch;
  MemoryOptions memory_options = context.memory_options();
  memory_options.folder = scratch / "edits";
  Memory memory = Memory::open(memory_options);
  memory_options.folder = scratch / "empty";
  Memory empty = Memory::open(memory_options);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "editing", "steps");
  arguments.options.context_tokens = models.options.context_tokens;
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  Session::Impl session(Memory::Impl::of(memory), models.model, models.options, "");
  Session::Impl without(Memory::Impl::of(empty), models.model, models.options, "");
  ModelOptions no_adapters = models.options;
  no_adapters.read_adapter.clear();
  no_adapters.write_adapter.clear();
  Session::Impl base(Memory::Impl::of(empty), models.model, no_adapters, "");
  AskFunction ask = [&](const std::string& question, Answerer answerer) {
    Session::Impl& asked_session = answerer == Answerer::kMemory ? session : answerer == Answerer::kNoFacts ? without : base;
    ReadOptions read;
    read.guess = true;  // what the model says where the memory does not know: locality compares it
    const Answer answer = asked_session.ask(question, read, interrupt.token());
    if (interrupt.requested()) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
    AskedAnswer asked{answer.text, {}};
    for (const CallTrace& call : answer.completion.calls) {
      asked.returned.insert(asked.returned.end(), call.returned.begin(), call.returned.end());
    }
    return asked;
  };
  std::optional<RunLog> log = open_run_log(
      context, arguments.details, arguments.edits, models.options,
      {{"eval", "editing"}, {"memory", name_of(kEditSources, arguments.options.source)}, {"edits", {arguments.skip, edits.size()}}});
  if (log) ask = logged_ask(std::move(ask), *log);
  const EditingResult result = evaluate_editing({models.writing(), &memory, ask}, edits, arguments.options);
  bar.clear();
  Json measures{{"edits", result.edits.size()},      {"reliability", result.reliability()}, {"generality", result.generality()},
                {"locality", result.locality()},     {"average", result.average()},         {"locality_to_base", result.locality_to_base()},
                {"not_written", result.not_written}, {"superseded", result.superseded},     {"not_retrieved", result.not_retrieved},
                {"not_used", result.not_used},       {"seconds", bar.elapsed_s()}};
  if (arguments.outcomes) {
    Json outcomes = Json::array();
    for (std::size_t i = 0; i < result.edits.size(); ++i) outcomes.push_back(outcome_json(edits[i], result.edits[i]));
    measures["outcomes"] = std::move(outcomes);
  }
  print_measures(context, measures);
  return kExitOk;
}

}  // namespace

void add_eval_editing_command(CLI::App& eval, Context& context) {
  CLI::App& command = add_command(eval, "editing", "knowledge editing in sequence: reliability, generality and locality",
                                  "  memllm eval editing --edits zsre.json --limit 100 --json\n");
  auto arguments = std::make_shared<EditingArguments>();
  command.add_option("--edits", arguments->edits, "JSON list of edits (prompt, target_new, rephrase_prompt, locality_prompt, …)")
      ->required();
  command.add_option("--details", arguments->details,
                     "file for every answer, a line of JSON each; a run that was interrupted goes on after the last one");
  command.add_option("--limit", arguments->limit, "at most so many edits; 0: all")->check(CLI::NonNegativeNumber)->capture_default_str();
  command.add_option("--skip", arguments->skip, "leave out the first so many")->check(CLI::NonNegativeNumber)->capture_default_str();
  add_choice(command, "--memory", arguments->options.source, kEditSources,
             "what the memory holds: written (what the model writes of the edits) or gold (subject, \"relation\" and target_new of each)");
  command.add_flag("--outcomes", arguments->outcomes, "with --json: what happened to every edit");
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
