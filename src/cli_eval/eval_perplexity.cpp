#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cli_eval/eval_commands.h"
#include "cli_eval/eval_memory.h"
#include "command/choice.h"
#include "command/exit_code.h"
#include "eval/document_memories.h"
#include "eval/perplexity.h"
#include "eval/perplexity_json.h"
#include "eval/retrieved_context.h"
#include "memllm/error.h"

namespace memllm::cli {
namespace {

enum class MemoryScope { kOwn, kAll };

constexpr std::array kScopes{Choice{"own", MemoryScope::kOwn}, Choice{"all", MemoryScope::kAll}};
constexpr std::array kProtocols{Choice{"P", ReadProtocol::kGoldPoints}, Choice{"F", ReadProtocol::kFree}};
constexpr std::array kQueries{Choice{"own", QuerySource::kOwn}, Choice{"gold", QuerySource::kGold},
                              Choice{"gold-answer", QuerySource::kGoldAnswer}};
constexpr std::array kDecisions{Choice{"branch", CallDecision::kBranch}, Choice{"own", CallDecision::kOwn},
                                Choice{"given", CallDecision::kGiven}, Choice{"weigh", CallDecision::kWeigh}};

struct PerplexityArguments {
  DocumentArguments documents;
  EvalMemory memory;
  MemoryScope scope = MemoryScope::kOwn;
  Retrieval retrieval = Retrieval::kNone;
  RetrievalOptions retrieval_options;
  PerplexityOptions options;
};

DocumentMemory document_memory(Context& context, const EvalModels& models, const PerplexityArguments& arguments,
                               std::span<const DocRedDocument> documents) {
  if (arguments.memory.kind == MemoryKind::kOff) return {};
  const FactsOf facts = facts_source(arguments.memory, models);
  return arguments.scope == MemoryScope::kOwn ? scratch_memory(facts, context.memory_options())
                                              : common_memory(facts, documents, context.memory_options());
}

PointContext point_context(Context& context, const PerplexityArguments& arguments, std::span<const DocRedDocument> documents) {
  if (arguments.retrieval == Retrieval::kNone) return {};
  if (arguments.memory.kind != MemoryKind::kOff) {
    throw Error(ErrorKind::kInvalidArgument, "--retrieve is a baseline without memory: give --memory off with it");
  }
  RetrievalOptions options = arguments.retrieval_options;
  options.own_document = arguments.scope == MemoryScope::kOwn;
  if (arguments.retrieval == Retrieval::kEvidence) return evidence_context(options);
  std::vector<RetrievableSentence> sentences = sentences_of(documents);
  SentenceScores scores = sentence_scores(context, arguments.retrieval, sentences);
  return retrieved_context(documents, std::move(sentences), std::move(scores), options);
}

Json settings(const PerplexityArguments& arguments) {
  return {{"eval", "perplexity"},
          {"memory", arguments.memory.name()},
          {"scope", name_of(kScopes, arguments.scope)},
          {"protocol", name_of(kProtocols, arguments.options.protocol)},
          {"query", name_of(kQueries, arguments.options.query)},
          // With P every decision is in the log.
          {"decision", arguments.options.protocol == ReadProtocol::kFree ? name_of(kDecisions, arguments.options.decision) : "all"},
          {"call_threshold", arguments.options.read.call_threshold},
          {"answerable_only", arguments.options.read.answerable_only},
          {"min_queries", arguments.options.read.min_queries},
          {"min_query_probability", arguments.options.read.min_query_probability},
          {"result_weight", arguments.options.read.result_weight},
          {"repeated_calls", arguments.options.read.repeated_calls},
          {"retrieve", name_of(kRetrievals, arguments.retrieval)},
          {"top", arguments.retrieval_options.top},
          {"same_sentence", arguments.retrieval_options.same_sentence},
          {"facts", arguments.memory.fingerprint()}};
}

// OVERALL with more losses, which are of no text token.
Json with_costs(const PerplexityArguments& arguments, const PerplexityResult& result, double costs) {
  if (arguments.options.protocol != ReadProtocol::kFree || arguments.memory.kind == MemoryKind::kOff) return nullptr;
  const MeanLoss& overall = result.of(arguments.options.decision).overall;
  return MeanLoss{overall.sum + costs, overall.count}.perplexity();
}

Json measures(const PerplexityArguments& arguments, const PerplexityResult& result, double seconds) {
  const TextLosses& losses = result.of(arguments.options.decision);
  return {{"documents", result.documents},
          {"skipped", result.skipped},
          {"memory", arguments.memory.name()},
          {"scope", name_of(kScopes, arguments.scope)},
          {"protocol", name_of(kProtocols, arguments.options.protocol)},
          {"query", name_of(kQueries, arguments.options.query)},
          {"decision", name_of(kDecisions, arguments.options.decision)},
          {"overall", losses.overall.perplexity()},
          {"overall_with_decisions", with_costs(arguments, result, result.decisions.sum)},
          {"overall_with_calls", with_costs(arguments, result, result.decisions.sum + result.queries.sum)},
          {"target", losses.target.perplexity()},
          {"entity", losses.entity.perplexity()},
          {"target_tokens", losses.target_tokens.perplexity()},
          {"targets", losses.target.count},
          {"tokens", losses.overall.count},
          {"points", result.points},
          {"calls", result.calls},
          {"calls_at_points", result.calls_at_points},
          {"kept", result.kept},
          {"empty", result.empty},
          {"malformed", result.malformed},
          {"with_target", result.with_target},
          {"with_gold_query", result.with_gold_query},
          {"open_probability", result.open_at_points.count == 0 ? Json(nullptr) : Json(1 / result.open_at_points.perplexity())},
          {"seconds", seconds}};
}

int evaluate(Context& context, PerplexityArguments arguments) {
  context.refuse_as_of("eval perplexity");
  const std::vector<DocRedDocument> documents = read_documents(context, arguments.documents);
  Interrupt interrupt;
  const EvalModels models = load_eval_models(context, arguments.memory.writes() ? Needs::kBothAdapters : Needs::kReadAdapter);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "reading", "documents");
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  Json run = settings(arguments);
  const std::size_t first = arguments.documents.skip;
  if (arguments.scope == MemoryScope::kAll || arguments.retrieval != Retrieval::kNone) run["memory_documents"] = {first, documents.size()};
  std::optional<RunLog> log = open_run_log(context, arguments.documents.details, arguments.documents.docs, models.options, std::move(run));
  if (log) {
    for (const auto& [item, values] : log->known()) {
      if (item >= first) arguments.options.known[item - first] = perplexity_of_json(values);
    }
    arguments.options.on_document = [&](std::size_t i, const PerplexityResult& result) {
      Json values{{"title", documents[i].title}};
      values.update(perplexity_json(result));
      log->add(first + i, values);
    };
  }
  const PerplexityParts parts{models.model,
                              models.format,
                              models.language,
                              models.read_decoder(),
                              document_memory(context, models, arguments, documents),
                              point_context(context, arguments, documents)};
  const PerplexityResult result = evaluate_perplexity(parts, documents, arguments.options);
  bar.clear();
  print_measures(context, measures(arguments, result, bar.elapsed_s()));
  return kExitOk;
}

}  // namespace

void add_eval_perplexity_command(CLI::App& eval, Context& context) {
  CLI::App& command = add_command(eval, "perplexity", "perplexity of documents that the model reads with its memory at hand",
                                  "  memllm eval perplexity --docs dev.json --memory gold --protocol P --limit 60 --json\n"
                                  "  memllm eval perplexity --docs dev.json --memory off\n");
  auto arguments = std::make_shared<PerplexityArguments>();
  add_document_options(command, arguments->documents);
  add_memory_options(command, arguments->memory);
  add_choice(command, "--scope", arguments->scope, kScopes,
             "own: each document's memory is its own; all: one memory knows what is known of all the documents");
  add_choice(command, "--protocol", arguments->options.protocol, kProtocols,
             "P: reads at the gold points; F: the model alone decides where");
  add_choice(command, "--query", arguments->options.query, kQueries, "own, gold or gold-answer: who asks, with P");
  add_choice(command, "--decision", arguments->options.decision, kDecisions,
             "branch, own, given or weigh: how text after a call counts; with F weigh or given");
  command
      .add_option("--call-threshold", arguments->options.read.call_threshold,
                  "with F: read also where its probability is at least this; 0: only where it is the best token")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  add_choice(command, "--retrieve", arguments->retrieval, kRetrievals,
             "a baseline for --memory off: before the text stand sentences found by bm25 or vectors, or the labels' evidence");
  command.add_option("--top", arguments->retrieval_options.top, "with --retrieve: sentences at most")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.add_flag("--same-sentence", arguments->retrieval_options.same_sentence,
                   "with --retrieve: the very sentence that is being predicted may be found");
  add_query_options(command, arguments->options.read);
  add_result_options(command, arguments->options.read);
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
