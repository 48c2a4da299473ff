// What a model wrote with a memory beside it: text, the calls in it, answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "memllm/fact.h"
#include "memllm/query.h"
#include "memllm/sentence.h"

namespace memllm {

// Why a read call was dropped: the text goes on as if it had not been made.
enum class DropReason {
  kEmpty,           // the memory has no answer
  kTooBroad,        // more answers than max_results, or none fits the context
  kAmbiguous,       // a query that nobody should ask (paper §4)
  kRepeated,        // what the last call asked
  kMalformed,       // free decoding: no query can be read from it
  kImprobable,      // less probable than min_query_probability
  kUnfitForAnswer,  // ask: the answers are not what the question asks for
};

// One read call as it happened.
struct CallTrace {
  std::string call;  // as generated, markers included
  std::vector<Query> queries;
  std::vector<QueryResult> results;           // one a query
  std::vector<std::string> returned;          // what the model was shown; empty: the call was dropped
  std::optional<DropReason> dropped_because;  // empty: kept
  double call_probability = 0;                // p("({") where it was made
  double query_log_probability = 0;           // of the query as the model would write it by itself (natural log)
  Span text_span;                             // bytes of Completion::text generated while the call was in the context
};

struct Completion {
  std::string text;  // without the calls
  std::vector<CallTrace> calls;
  double mean_log_probability = 0;                                                                 // of the text's tokens
  enum class Stop { kEndOfText, kLength, kStopString, kEnough, kCancelled } stop = Stop::kLength;  // kEnough: ask has its sentence
};

// Where an answer comes from. kMemory: it consists of names of facts, or of words of sentences, that the memory holds: facts or sentences
// lists what it rests on (where it was inferred, the facts that it follows from). kNone: the memory does not know; facts lists
// what it has between two names of the question, sentences what is nearest. kModel: it does not know, and text is the model's guess, which
// was asked for.
struct Answer {
  // A name in the question that the memory does not have, and the one of its names that was taken for it.
  struct TakenName {
    std::string asked, name;
  };

  enum class Origin { kMemory, kModel, kNone } origin = Origin::kNone;
  std::string text;
  std::vector<Fact> facts;
  std::vector<Sentence> sentences;
  std::vector<TakenName> taken_names;  // kMemory: it answers for these in place of what was asked for
  Completion completion;               // how the model came to it
};

}  // namespace memllm
