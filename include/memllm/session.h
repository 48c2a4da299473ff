// A language model at work on a memory: it writes while it reads text, and reads while it generates.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "memllm/memory.h"
#include "memllm/options.h"

namespace memllm {

struct Document {
  std::string name;  // identifies the document in the memory: the same name again means a new version
  std::string text;  // UTF-8; invalid bytes are replaced by U+FFFD with a warning
  // Sentence boundaries if the format knows them (DocRED), as byte spans in text that cut no character; empty, or where text had to be
  // repaired: split by ICU.
  std::vector<Span> sentences;
};

enum class LearnMode { kStore, kDryRun };

struct LearnedFact {
  Triple triple;
  Source source;
  std::optional<FactId> id;  // empty in a dry run
  bool quarantined = false;  // the score is below the threshold
};

struct DocumentReport {
  std::string document;
  enum class State { kLearned, kUnchanged, kRelearned } state = State::kLearned;
  std::vector<LearnedFact> facts;
  std::size_t sentences = 0;
  std::size_t quarantined = 0;  // of the facts
  std::size_t retracted = 0;    // facts that only the old version supported
  std::size_t malformed = 0;    // items that could not be parsed, or whose names do not stand in what the model saw
};
// Given a document's report as soon as it is stored (in a dry run: done) or known to be unchanged.
using ReportCallback = std::function<void(const DocumentReport&)>;

// One read call as it happened.
struct CallTrace {
  std::string call;  // as generated, markers included
  std::vector<Query> queries;
  std::vector<QueryResult> results;   // one a query
  std::vector<std::string> returned;  // what the model was shown; empty: the call was dropped
  std::string dropped_because;  // "empty", "repeated", "ambiguous", "too broad", "malformed", "improbable", "does not fit the question";
                                // empty: kept
  double call_probability = 0;  // p("({") where it was made
  double query_log_probability = 0;  // of the query as the model would write it by itself (natural log)
  Span text_span;                    // bytes of Completion::text generated while the call was in the context
};

struct Completion {
  std::string text;  // without the calls
  std::vector<CallTrace> calls;
  double mean_log_probability = 0;                                                                 // of the text's tokens
  enum class Stop { kEndOfText, kLength, kStopString, kEnough, kCancelled } stop = Stop::kLength;  // kEnough: ask has its sentence
};

// Where an answer comes from. kMemory: facts lists what it rests on (where it was inferred, the facts that it follows
// from). kModel: the memory does not know, text is the model's guess.
struct Answer {
  enum class Origin { kMemory, kModel } origin = Origin::kModel;
  std::string text;
  std::vector<Fact> facts;
  Completion completion;  // how the model came to it
};

// Thread rule: one thread at a time; that thread runs the model. Cancelling through a stop_token is safe from any thread.
class Session {
 public:
  // Loads the model; its adapters are loaded, and checked to fit it, by the first learn, complete or ask (kModel then). Throws kNotFound: a
  // file is missing; kModel: the model cannot be loaded; kInvalidArgument: a marker is not one token (names the flag).
  Session(Memory& memory, const ModelOptions& options);
  Session(Session&&) noexcept;
  ~Session();

  // Writes what the documents say. Each document is committed when it is complete, in its order; a cancelled or killed run keeps those
  // and continues after them when called again. Unchanged documents are skipped. A sentence that the model itself wrote from this memory
  // while it has been open is left out, with a warning. Throws kInvalidArgument where two documents have one name.
  std::vector<DocumentReport> learn(std::span<const Document> documents, const WriteOptions& options = {},
                                    LearnMode mode = LearnMode::kStore, const ProgressCallback& progress = {}, std::stop_token stop = {},
                                    const ReportCallback& completed = {});
  // Continues the prompt; reads where the model decides to.
  Completion complete(const std::string& prompt, const ReadOptions& options = {}, std::stop_token stop = {});
  // Answers a question, from the memory where it knows.
  Answer ask(const std::string& question, const ReadOptions& options = {}, std::stop_token stop = {});

  class Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace memllm
