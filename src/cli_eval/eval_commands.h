// The subcommands of `memllm eval`, and what they share.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "call/call_format.h"
#include "command/choice.h"
#include "command/command.h"
#include "command/interrupt.h"
#include "documents/docred.h"
#include "eval/run_log.h"
#include "eval/sentence_retrieval.h"
#include "eval/writing.h"
#include "llm/language_model.h"
#include "terminal/progress_bar.h"
#include "write/learner.h"

namespace memllm::cli {

// `memllm eval` with its subcommands.
void add_eval_commands(CLI::App& root, Context& context);
void add_eval_writing_command(CLI::App& eval, Context& context);
void add_eval_perplexity_command(CLI::App& eval, Context& context);
void add_eval_editing_command(CLI::App& eval, Context& context);
void add_eval_questions_command(CLI::App& eval, Context& context);
void add_eval_practice_command(CLI::App& eval, Context& context);

struct EvalModels {
  ModelOptions options;
  std::shared_ptr<LanguageModel> model;
  std::shared_ptr<const CallFormat> format;
  std::shared_ptr<const Language> language;

  WritingParts writing() const;  // a writer under the write adapter; nothing is judged
  JudgeFunction judge() const;   // throws kModel without an answer adapter
  DecoderOptions read_decoder() const;
};

EvalModels load_eval_models(Context& context, Needs needs);

// skip, then limit; limit 0: all that follow.
template <typename T>
std::vector<T> chosen(std::vector<T> all, std::size_t skip, std::size_t limit) {
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(skip, all.size())));
  if (limit > 0 && all.size() > limit) all.resize(limit);
  return all;
}

struct DocumentArguments {
  std::string docs;
  std::size_t skip = 0, limit = 0;
  std::string details;  // file of the log; empty: none
};

void add_document_options(CLI::App& command, DocumentArguments& arguments);
std::vector<DocRedDocument> read_documents(Context& context, const DocumentArguments& arguments);

// The log that was asked for with --details (empty: none). Its settings are the command's own and the fingerprints of the measured file and
// the models. Of documents, items are numbers in their file, so that runs with another --limit or --skip share it.
std::optional<RunLog> open_run_log(const Context& context, const std::string& details, const std::string& measured,
                                   const ModelOptions& models, Json settings);

// The baselines that put sentences into the prompt. kEvidence: those that the labels name (not for questions).
enum class Retrieval { kNone, kBm25, kVectors, kEvidence };
inline constexpr std::array kRetrievals{Choice{"none", Retrieval::kNone}, Choice{"bm25", Retrieval::kBm25},
                                        Choice{"vectors", Retrieval::kVectors}, Choice{"evidence", Retrieval::kEvidence}};
// REQUIRES: kBm25 or kVectors, which are those of --embedder.
SentenceScores sentence_scores(Context& context, Retrieval retrieval, std::span<const RetrievableSentence> sentences);

// The object as JSON, or as a table of names and values (arrays left out).
void print_measures(const Context& context, const Json& measures);

}  // namespace memllm::cli
