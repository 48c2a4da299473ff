#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_fingerprint.h"
#include "cli_eval/eval_commands.h"
#include "command/exit_code.h"
#include "eval/writing.h"
#include "memllm/error.h"
#include "wire/words.h"

namespace memllm::cli {
namespace {

struct WritingArguments {
  DocumentArguments documents;
  WritingOptions options;
  bool judge = false;
};

// judged_by: the answer adapter; empty: nothing is judged.
Json settings(const WriteOptions& write, const std::filesystem::path& judged_by) {
  Json json{{"eval", "writing"},
            {"late_stopping", write.late_stopping},
            {"more_facts", write.more_facts},
            {"close_probability", write.close_probability},
            {"min_score", write.min_mean_log_probability},
            {"constrained", write.decoding == Decoding::kConstrained},
            {"end_at_strange_names", write.end_at_strange_names},
            {"open_relations", write.open_relations}};
  if (!judged_by.empty()) json["judge"] = {file_fingerprint(judged_by), write.min_judgement};
  return json;
}

constexpr std::pair<const char*, std::size_t WritingResult::*> kCounts[] = {{"documents", &WritingResult::documents},
                                                                            {"sentences", &WritingResult::sentences},
                                                                            {"well_formed", &WritingResult::well_formed},
                                                                            {"malformed_items", &WritingResult::malformed_items},
                                                                            {"gold", &WritingResult::gold},
                                                                            {"written", &WritingResult::written},
                                                                            {"correct", &WritingResult::correct},
                                                                            {"written_and_inferred", &WritingResult::written_and_inferred},
                                                                            {"correct_and_inferred", &WritingResult::correct_and_inferred}};

std::string_view name_of(Verdict verdict) {
  return verdict == Verdict::kCorrect ? "correct" : verdict == Verdict::kWrong ? "wrong" : "repeated";
}

Json verdicts(std::span<const LearnedFact> facts, std::span<const Verdict> verdicts) {
  Json json = Json::array();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    json.push_back({{"subject", facts[i].triple.subject},
                    {"relation", facts[i].triple.relation},
                    {"object", facts[i].triple.object},
                    {"score", facts[i].source.mean_log_probability.value_or(0)},
                    {"doubt", to_string(facts[i].doubt)},
                    {"doubt", to_string(facts[i].doubt)},
                    {"judgement", facts[i].judgement ? Json(*facts[i].judgement) : Json(nullptr)},
                    {"verdict", name_of(verdicts[i])}});
  }
  return json;
}

// Counts, every written fact with its score and verdict, every label and whether it was found.
Json details(const DocRedDocument& document, const DocumentWriting& writing) {
  Json json{{"title", document.title}};
  for (const auto& [name, count] : kCounts) json[name] = writing.result.*count;
  json["facts"] = verdicts(writing.facts, writing.judgement.facts);
  json["quarantined"] = verdicts(writing.quarantined, writing.quarantined_verdicts);
  json["labels"] = Json::array();
  for (std::size_t i = 0; i < document.labels.size(); ++i) {
    const DocRedLabel& label = document.labels[i];
    const auto name = [&](int entity) { return document.entities.at(static_cast<std::size_t>(entity)).at(0).name; };
    json["labels"].push_back({{"subject", name(label.head)},
                              {"relation", label.relation},
                              {"object", name(label.tail)},
                              {"evidence", label.evidence},
                              {"found", static_cast<bool>(writing.judgement.found[i])}});
  }
  return json;
}

WritingResult result_of(const Json& json) {
  WritingResult result;
  try {
    for (const auto& [name, count] : kCounts) result.*count = json.at(name).get<std::size_t>();
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, std::string("no result of a document: ") + error.what());
  }
  return result;
}

int evaluate(Context& context, WritingArguments arguments) {
  context.refuse_as_of("eval writing");
  const std::vector<DocRedDocument> documents = read_documents(context, arguments.documents);
  Interrupt interrupt;
  const EvalModels models = load_eval_models(context, Needs::kWriteAdapter);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "writing", "documents");
  arguments.options.context_tokens = models.options.context_tokens;
  arguments.options.batch_documents = models.options.parallel;
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  std::optional<RunLog> log =
      open_run_log(context, arguments.documents.details, arguments.documents.docs, models.options,
                   settings(arguments.options.write, arguments.judge ? models.options.answer_adapter : std::filesystem::path()));
  if (log) {
    const std::size_t first = arguments.documents.skip;
    for (const auto& [item, values] : log->known()) {
      if (item >= first) arguments.options.known[item - first] = result_of(values);
    }
    arguments.options.on_document = [&documents, &log, first](std::size_t i, const DocumentWriting& writing) {
      log->add(first + i, details(documents[i], writing));
    };
  }
  WritingParts parts = models.writing();
  if (arguments.judge) parts.judge = models.judge();
  const WritingResult result = evaluate_writing(parts, documents, arguments.options);
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
                               {"with_inferred",
                                {{"precision", result.inferred_precision()},
                                 {"recall", result.inferred_recall()},
                                 {"f1", result.inferred_f1()},
                                 {"written", result.written_and_inferred},
                                 {"correct", result.correct_and_inferred}}},
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
  add_write_options(command, arguments->options.write);
  command.add_flag("--judge", arguments->judge, "count only what learn would believe: facts whose object the model, asked for it, finds");
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
