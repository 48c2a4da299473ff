// A question in words → facts → answer.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ask/asked_path.h"
#include "ask/question.h"
#include "ask/question_form.h"
#include "ask/sentence_asker.h"
#include "infer/inference.h"
#include "language/language.h"
#include "memllm/completion.h"
#include "read/reader.h"

namespace memllm {

// The base model is small and not instruction-tuned, so the question is answered by a plan and not by a prompt: the memory's entities that
// the question mentions; of the ways through the memory from these, the one whose relations are worded most like the question, unless a
// relation that the memory does not have is worded much more like it. Without an embedder, or where the question is like no wording: a
// query written by the read model, held to those entities. Else a relation without wordings that has words in common with the question.
// What people stated comes first, then what stands in sentences (SentenceAsker), then facts that a model read, then the same for names that
// are only nearly those of the question, which the answer says. An answer "from memory" consists of names of facts, or of words of a
// sentence, and what the pack's frames add (yes, no, a number). Thread rule: one thread.
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
    SentenceAsker* sentences = nullptr;  // null: only facts answer
    Timestamp today;                     // by which it is told what has ended
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
    double similarity = 0;             // of the way and the question
    double query_log_probability = 0;  // where the model wrote the queries
  };

  // What is asked, as form_of reads it, with the entities whose facts may answer it.
  struct Asked {
    std::string question;  // form.text
    QuestionForm form;
    std::vector<AskedEntity> entities;
    std::vector<AskedEntity> exceptions;  // entities that are not to be the answer
  };

  std::optional<Answer> answer_of(const Evidence& evidence, const Asked& asked, const ReadOptions& options) const;
  std::optional<Answer> yes_or_no(const Asked& asked, const ReadOptions& options, const std::stop_token& stop);
  Asked asked_of(const std::string& question, std::vector<AskedEntity> entities) const;
  // By the best way, or else by the model's query or by words of a relation.
  std::optional<Evidence> evidence_of(const Asked& asked, const ReadOptions& options, std::optional<CallTrace>& trace,
                                      const std::stop_token& stop);
  // Stored facts between two names of the question.
  std::vector<Fact> facts_between(const std::vector<AskedEntity>& entities, const ReadOptions& options) const;
  // trace: how the model's own query went, if it was asked for one.
  std::optional<Evidence> evidence_by_model(const Asked& asked, const ReadOptions& options, std::optional<CallTrace>& trace,
                                            const std::stop_token& stop);
  std::optional<Evidence> evidence_by_relation(const Asked& asked, const ReadOptions& options) const;
  std::optional<Evidence> evidence_by_path(const Asked& asked, const AskedPaths& paths, const ReadOptions& options) const;
  bool follow(const AskedPath& path, const Asked& asked, const ReadOptions& options, Evidence& evidence) const;
  // The answers but one name. False: nothing was found, or nothing that fits the question.
  bool gather(const Query& query, const Asked& asked, const ReadOptions& options, Evidence& evidence, const std::string& but = {}) const;
  static Answer from_facts(const Evidence& evidence, const ReadOptions& options);
  // Whether people stated all of them.
  static bool is_by_hand(const std::vector<Fact>& facts);
  // Whether each fact of it was stated by a person, or has a source that names both its subject and its object, asserts what it says of
  // them, and speaks of the kin, offices and turns of life that the question names; on the way to others only what people stated counts.
  bool is_stated(const Evidence& evidence, const std::string& question) const;
  Answer from_model(const std::string& question, std::optional<CallTrace> trace, const ReadOptions& options, std::stop_token stop);

  Parts parts_;
  QueryOptions exact_;  // parts_.query, but likeness stands for no name
};

}  // namespace memllm
