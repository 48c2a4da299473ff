#include <CLI/CLI.hpp>
#include <memory>

#include "cli/eval_commands.h"
#include "cli/exit_code.h"
#include "eval/writing.h"

namespace memllm::cli {
namespace {

struct WritingArguments {
  DocumentArguments documents;
  WritingOptions options;
};

int evaluate(Context& context, WritingArguments arguments) {
  context.refuse_as_of("eval writing");
  const std::vector<DocRedDocument> documents = read_documents(arguments.documents);
  Interrupt interrupt;
  const EvalModels models = load_eval_models(context, Needs::kWriteAdapter);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "writing", "documents");
  arguments.options.context_tokens = models.options.context_tokens;
  arguments.options.batch_documents = models.options.parallel;
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  const WritingResult result = evaluate_writing(models.write_function(), *models.format, documents, arguments.options);
  bar.clear();
  print_measures(context, Json{{"documents", result.documents},
                               {"sentences", result.sentences},
                               {"precision", result.precision()},
                               {"recall", result.recall()},
                               {"f1", result.f1()},
                               {"wellformed", result.well_formed_share()},
                               {"malformed_items", result.malformed_items},
                               {"gold", result.gold},
                               {"written", result.written},
                               {"correct", result.correct},
                               {"seconds", bar.elapsed_s()}});
  return kExitOk;
}

}  // namespace

void add_eval_writing_command(CLI::App& eval, Context& context) {
  CLI::App& command =
      add_command(eval, "writing", "precision, recall and F1 of the facts that the model writes, against the documents' labels",
                  "  memllm eval writing --docs dev.json --limit 60 --json\n");
  auto arguments = std::make_shared<WritingArguments>();
  add_document_options(command, arguments->documents);
  WriteOptions& write = arguments->options.write;
  command.add_option("--late-stopping", write.late_stopping, "stops in a row without a better one; 0: plain greedy")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command.add_option("--min-score", write.min_mean_log_probability, "facts with a lower mean log-probability do not count");
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_flag_callback(
      "--free-decoding", [&write] { write.decoding = Decoding::kFree; }, "do not enforce the form of calls");
  command.add_flag_callback(
      "--any-names", [&write] { write.end_at_strange_names = false; }, "go on behind a name that is not in the text");
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
