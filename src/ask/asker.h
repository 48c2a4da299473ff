// A question in words → facts → answer.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ask/asked_path.h"
#include "ask/question.h"
#include "infer/inference.h"
#include "language/language.h"
#include "memllm/completion.h"
#include "read/reader.h"

namespace memllm {

// The base model is small and not instruction-tuned, so the question is answered by a plan and not by a prompt: the memory's entities that
// the question mentions; of the ways through the memory from these, the one whose relations are worded most like the question, unless a
// relation that the memory does not have is worded much more like it. Without an embedder, or where the question is like no wording: a
// query written by the read model, held to those entities. Else a relation without wordings that has words in common with the question.
// Only facts that were found make an answer "from memory". Thread rule: one thread.
class Asker {
 public:
  enum class QueryWriter { kModel, kNone };  // kNone: there is no read adapter, the base model writes no sensible query
  struct Parts {
    const InferringStore& store;
    const Language& language;
    Reader& reader;
    EmbedFunction embed;                 // empty: names match by name or alias, relations by common words
    WordingVectors* wordings = nullptr;  // null: without embed
    QueryOptions query;                  // thresholds and name space
    QueryWriter query_writer = QueryWriter::kModel;
  };

  explicit Asker(Parts parts);

  // Contract of Session::ask.
  Answer ask(const std::string& question, const ReadOptions& options, std::stop_token stop);

 private:
  struct Evidence {
    std::vector<Query> queries;
    std::vector<QueryResult> results;
    std::vector<Fact> way;             // the facts that led to what the queries are about
    bool cut = false;                  // there are more answers than max_results
    double query_log_probability = 0;  // where the model wrote the queries
  };

  // trace: how the model's own query went, if it was asked for one.
  std::optional<Evidence> evidence_by_model(const std::string& question, const std::vector<AskedEntity>& entities,
                                            const ReadOptions& options, std::optional<CallTrace>& trace, const std::stop_token& stop);
  std::optional<Evidence> evidence_by_relation(const std::string& question, const std::vector<AskedEntity>& entities,
                                               const ReadOptions& options) const;
  std::optional<Evidence> evidence_by_path(const std::string& question, const AskedPaths& asked, const ReadOptions& options) const;
  bool follow(const AskedPath& path, const std::string& question, const ReadOptions& options, Evidence& evidence) const;
  // The answers but one name. False: nothing was found, or nothing that fits the question.
  bool gather(const Query& query, const std::string& question, const ReadOptions& options, Evidence& evidence,
              const std::string& but = {}) const;
  Answer from_memory(const std::string& question, Evidence evidence, const ReadOptions& options, std::stop_token stop);
  Answer from_model(const std::string& question, std::optional<CallTrace> trace, const ReadOptions& options, std::stop_token stop);

  std::string first_sentence(const std::string& text) const;
  bool first_sentence_is_over(const std::string& text) const;

  Parts parts_;
};

}  // namespace memllm
