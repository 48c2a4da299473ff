#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "cli/eval_commands.h"
#include "cli/exit_code.h"
#include "eval/document_memories.h"
#include "eval/perplexity.h"

namespace memllm::cli {
namespace {

enum class MemoryKind { kOff, kWritten, kGold };

const std::map<std::string, MemoryKind> kMemories{
    {"off", MemoryKind::kOff}, {"written", MemoryKind::kWritten}, {"gold", MemoryKind::kGold}};
const std::map<std::string, ReadProtocol> kProtocols{{"P", ReadProtocol::kGoldPoints}, {"F", ReadProtocol::kFree}};
const std::map<std::string, QuerySource> kQueries{
    {"own", QuerySource::kOwn}, {"gold", QuerySource::kGold}, {"gold-answer", QuerySource::kGoldAnswer}};
const std::map<std::string, CallDecision> kDecisions{
    {"branch", CallDecision::kBranch}, {"own", CallDecision::kOwn}, {"given", CallDecision::kGiven}};

struct PerplexityArguments {
  DocumentArguments documents;
  MemoryKind memory = MemoryKind::kGold;
  PerplexityOptions options;
};

template <typename T>
std::string name_of(const std::map<std::string, T>& names, T value) {
  for (const auto& [name, named] : names) {
    if (named == value) return name;
  }
  return "unknown";
}

DocumentMemory document_memory(Context& context, const EvalModels& models, MemoryKind kind) {
  switch (kind) {
    case MemoryKind::kOff:
      return {};
    case MemoryKind::kWritten:
      return scratch_memory(written_facts(models.write_function(), *models.format, {}, models.options.context_tokens),
                            context.memory_options());
    case MemoryKind::kGold:
      return scratch_memory(gold_facts, context.memory_options());
  }
  return {};
}

Json measures(const PerplexityArguments& arguments, const PerplexityResult& result, double seconds) {
  return {{"documents", result.documents},
          {"skipped", result.skipped},
          {"memory", name_of(kMemories, arguments.memory)},
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
  const EvalModels models =
      load_eval_models(context, arguments.memory == MemoryKind::kWritten ? Needs::kBothAdapters : Needs::kReadAdapter);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "reading", "documents");
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  const PerplexityParts parts{models.model, models.format, models.read_decoder(), document_memory(context, models, arguments.memory)};
  const PerplexityResult result = evaluate_perplexity(parts, documents, arguments.options);
  bar.clear();
  print_measures(context, measures(arguments, result, bar.elapsed_s()));
  return kExitOk;
}

template <typename T>
void add_choice(CLI::App& command, const char* flag, T& target, const std::map<std::string, T>& names, const char* description) {
  command.add_option(flag, target, description)
      ->transform(CLI::CheckedTransformer(names, CLI::ignore_case).description(""))
      ->default_str(name_of(names, target));
}

}  // namespace

void add_eval_perplexity_command(CLI::App& eval, Context& context) {
  CLI::App& command = add_command(eval, "perplexity", "perplexity of documents that the model reads with its memory at hand",
                                  "  memllm eval perplexity --docs dev.json --memory gold --protocol P --limit 60 --json\n"
                                  "  memllm eval perplexity --docs dev.json --memory off\n");
  auto arguments = std::make_shared<PerplexityArguments>();
  add_document_options(command, arguments->documents);
  add_choice(command, "--memory", arguments->memory, kMemories,
             "off, written (what the model writes of the document) or gold (its labels); each document has its own, in a temporary folder");
  add_choice(command, "--protocol", arguments->options.protocol, kProtocols,
             "P: reads at the gold points; F: the model alone decides where");
  add_choice(command, "--query", arguments->options.query, kQueries, "own, gold or gold-answer: who asks, with P");
  add_choice(command, "--decision", arguments->options.decision, kDecisions,
             "branch, own or given: how the willingness to read counts, with P");
  command.add_option("--call-threshold", arguments->options.read.call_threshold, "with F: read where its probability is at least this")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
