#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cli/choice.h"
#include "cli/eval_commands.h"
#include "cli/eval_memory.h"
#include "cli/exit_code.h"
#include "eval/document_memories.h"
#include "eval/perplexity.h"
#include "eval/perplexity_json.h"

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
  PerplexityOptions options;
};

DocumentMemory document_memory(Context& context, const EvalModels& models, const PerplexityArguments& arguments,
                               std::span<const DocRedDocument> documents) {
  if (arguments.memory.kind == MemoryKind::kOff) return {};
  const FactsOf facts = facts_source(arguments.memory, models);
  return arguments.scope == MemoryScope::kOwn ? scratch_memory(facts, context.memory_options())
                                              : common_memory(facts, documents, context.memory_options());
}

Json settings(const PerplexityArguments& arguments) {
  return {{"eval", "perplexity"},
          {"memory", arguments.memory.name()},
          {"scope", name_of(kScopes, arguments.scope)},
          {"protocol", name_of(kProtocols, arguments.options.protocol)},
          {"query", name_of(kQueries, arguments.options.query)},
          {"decision", name_of(kDecisions, arguments.options.decision)},
          {"call_threshold", arguments.options.read.call_threshold},
          {"answerable_only", arguments.options.read.answerable_only},
          {"min_query_probability", arguments.options.read.min_query_probability},
          {"facts", arguments.memory.fingerprint()}};
}

Json measures(const PerplexityArguments& arguments, const PerplexityResult& result, double seconds) {
  return {{"documents", result.documents},
          {"skipped", result.skipped},
          {"memory", arguments.memory.name()},
          {"scope", name_of(kScopes, arguments.scope)},
          {"protocol", name_of(kProtocols, arguments.options.protocol)},
          {"query", name_of(kQueries, arguments.options.query)},
          {"decision", name_of(kDecisions, arguments.options.decision)},
          {"overall", result.overall.perplexity()},
          {"target", result.target.perplexity()},
          {"entity", result.entity.perplexity()},
          {"target_tokens", result.target_tokens.perplexity()},
          {"targets", result.target.count},
          {"tokens", result.overall.count},
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
  const std::vector<DocRedDocument> documents = read_documents(arguments.documents);
  Interrupt interrupt;
  const EvalModels models = load_eval_models(context, arguments.memory.writes() ? Needs::kBothAdapters : Needs::kReadAdapter);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "reading", "documents");
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  Json run = settings(arguments);
  const std::size_t first = arguments.documents.skip;
  if (arguments.scope == MemoryScope::kAll) run["memory_documents"] = {first, documents.size()};
  std::optional<RunLog> log = open_run_log(context, arguments.documents, models.options, std::move(run));
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
  const PerplexityParts parts{models.model, models.format, models.read_decoder(), document_memory(context, models, arguments, documents)};
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
             "branch, own, given or weigh: how the willingness to read counts, with P");
  command.add_option("--call-threshold", arguments->options.read.call_threshold, "with F: read where its probability is at least this")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  add_query_options(command, arguments->options.read);
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
