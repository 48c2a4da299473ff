#include <CLI/CLI.hpp>
#include <iostream>

#include "base/file_fingerprint.h"
#include "cli_eval/eval_commands.h"
#include "embed/llama_embedder.h"
#include "llm/llama_model.h"
#include "memllm/error.h"
#include "terminal/table.h"
#include "write/writer.h"

namespace memllm::cli {

WritingParts EvalModels::writing() const {
  const auto writer =
      std::make_shared<Writer>(model, format, DecoderOptions{options.write_adapter, options.parallel, options.context_tokens});
  writer->set_relations(language->wordings.relations());
  const WriteFunction write = [writer](std::span<const WriteTask> tasks, const WriteOptions& write_options, const WriteSink& sink,
                                       std::stop_token stop) { writer->write(tasks, write_options, sink, std::move(stop)); };
  return {write, format, language};
}

JudgeFunction EvalModels::judge() const {
  if (options.answer_adapter.empty())
    throw Error(ErrorKind::kModel, "--judge needs the answer adapter; choose one with --answer-adapter FILE");
  const auto judge =
      std::make_shared<FactJudge>(model, format, *language, DecoderOptions{options.answer_adapter, 1, options.context_tokens});
  return [judge](std::span<const Sentence> sentences, const Triple& fact, const std::stop_token& stop) {
    return (*judge)(sentences, fact, stop);
  };
}

DecoderOptions EvalModels::read_decoder() const { return {options.read_adapter, 1, options.context_tokens}; }

EvalModels load_eval_models(Context& context, Needs needs) {
  EvalModels out;
  out.options = context.model_options(needs);
  out.model = load_llama_model({out.options.model, out.options.threads, out.options.gpu_layers, context.logger()});
  out.format = std::make_shared<const CallFormat>(out.model, out.options);
  out.language = context.language();
  return out;
}

void add_document_options(CLI::App& command, DocumentArguments& arguments) {
  command.add_option("--docs", arguments.docs, "documents with labels, DocRED JSON")->required();
  command.add_option("--limit", arguments.limit, "at most so many documents; 0: all")->check(CLI::NonNegativeNumber)->capture_default_str();
  command.add_option("--skip", arguments.skip, "leave out the first so many")->check(CLI::NonNegativeNumber)->capture_default_str();
  command.add_option("--details", arguments.details,
                     "file for every document's result, a line of JSON each; a run that was interrupted goes on after the last one");
}

std::vector<DocRedDocument> read_documents(Context& context, const DocumentArguments& arguments) {
  return chosen(read_docred(arguments.docs, context.language()->relations.names_by_id()), arguments.skip, arguments.limit);
}

std::optional<RunLog> open_run_log(const Context& context, const std::string& details, const std::string& measured,
                                   const ModelOptions& models, Json settings) {
  if (details.empty()) return std::nullopt;
  settings["docs"] = file_fingerprint(measured);
  settings["model"] = file_fingerprint(models.model);
  settings["read_adapter"] = file_fingerprint(models.read_adapter);
  settings["write_adapter"] = file_fingerprint(models.write_adapter);
  const std::filesystem::path embedder = usable_path(find_model_files(context.global.files).embedder);
  settings["embedder"] = embedder.empty() ? "" : file_fingerprint(embedder);
  settings["markers"] = {models.marker_open, models.marker_close, models.marker_arrow, models.separator_field, models.separator_item};
  settings["parallel"] = models.parallel;
  settings["gpu_layers"] = models.gpu_layers;
  settings["infer"] = context.global.infer;
  settings["thresholds"] = {context.global.thresholds.entity, context.global.thresholds.relation, context.global.thresholds.pair};
  return std::optional<RunLog>(std::in_place, details, settings);
}

SentenceScores sentence_scores(Context& context, Retrieval retrieval, std::span<const RetrievableSentence> sentences) {
  if (retrieval == Retrieval::kBm25) return bm25_scores(sentences);
  const std::filesystem::path file = context.memory_options().embedder;
  if (file.empty()) throw Error(ErrorKind::kInvalidArgument, "vectors need an embedding model: name one with --embedder");
  const auto embedder = std::make_shared<LlamaEmbedder>(file);
  return vector_scores(sentences, [embedder](std::span<const std::string> texts) { return embedder->embed(texts); });
}

void print_measures(const Context& context, const Json& measures) {
  if (context.global.json) {
    context.print(measures);
    return;
  }
  Table table({{"measure"}, {"value", Align::kRight}});
  for (const auto& [name, value] : measures.items()) {
    if (value.is_structured()) continue;
    char number[32];
    std::snprintf(number, sizeof number, "%.4f", value.is_number() ? value.get<double>() : 0.0);
    table.add({name, value.is_number_float() ? number : value.is_string() ? value.get<std::string>() : value.dump()});
  }
  table.print(std::cout, 0);
}

void add_eval_commands(CLI::App& root, Context& context) {
  CLI::App& eval = add_command(root, "eval", "measure how well the models write, read, edit and answer",
                               "  memllm eval writing --docs dev.json --limit 60 --json\n"
                               "  memllm eval perplexity --docs dev.json --memory gold --protocol P\n"
                               "  memllm eval editing --edits zsre.json\n"
                               "  memllm eval questions --docs dev.json --memory gold\n");
  eval.require_subcommand(1);
  add_eval_writing_command(eval, context);
  add_eval_perplexity_command(eval, context);
  add_eval_editing_command(eval, context);
  add_eval_questions_command(eval, context);
  add_eval_practice_command(eval, context);
}

}  // namespace memllm::cli
