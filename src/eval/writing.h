// How well the model writes: the facts that it finds in documents against the documents' labels.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "documents/docred.h"
#include "language/language.h"
#include "memllm/options.h"
#include "write/learner.h"

namespace memllm {

// What writes: the function, the form of its calls and the language of the documents.
struct WritingParts {
  WriteFunction write;
  std::shared_ptr<const CallFormat> format;
  std::shared_ptr<const Language> language;
  JudgeFunction judge = {};  // empty: facts are believed without
};

// The facts that learn would store of a document, in order: those above options.min_mean_log_probability that can be parsed and name
// something that is in the text.
struct WrittenDocument {
  std::vector<LearnedFact> facts;
  std::vector<LearnedFact> quarantined;  // those below, in order; they count nowhere
  std::size_t sentences = 0;
  std::size_t well_formed = 0;  // sentences whose call was closed and held nothing malformed
  std::size_t malformed_items = 0;
};

// Asks the write function for every sentence of the documents, all at once, exactly as learn does, without a store. context_tokens: of a
// sequence of the writer. Throws kCancelled.
std::vector<WrittenDocument> write_documents(const WritingParts& parts, std::span<const Document> documents, const WriteOptions& options,
                                             std::size_t context_tokens = 2048, std::stop_token stop = {});

// Facts are (subject, relation, object) of a document. A name stands for every entity that has a mention of that name (compared as
// Name does), so any alias is accepted, and two facts that differ only in aliases are one. Relations must be equal.
struct WritingResult {
  std::size_t documents = 0;
  std::size_t sentences = 0;
  std::size_t well_formed = 0;  // sentences
  std::size_t malformed_items = 0;
  std::size_t gold = 0;     // distinct labels of the documents
  std::size_t written = 0;  // distinct facts written
  std::size_t correct = 0;  // labels that were written, each counted once
  // The same, of the written facts and of those that a memory infers from them (infer/inference.h).
  std::size_t written_and_inferred = 0;
  std::size_t correct_and_inferred = 0;

  // In [0, 1]; 0 where there is nothing to divide by.
  double precision() const;
  double recall() const;
  double f1() const;
  double inferred_precision() const;  // these three with what is inferred
  double inferred_recall() const;
  double inferred_f1() const;
  double well_formed_share() const;

  WritingResult& operator+=(const WritingResult& other);
};

enum class Verdict { kCorrect, kWrong, kRepeated };  // kRepeated: says what an earlier one says

// What became of every written fact and of every label of a document, in order. A label that stands twice is found twice.
struct WritingJudgement {
  std::vector<Verdict> facts;
  std::vector<bool> found;
};
WritingJudgement judge_written(const DocRedDocument& document, std::span<const Triple> written);

struct DocumentWriting {
  WritingResult result;
  std::vector<LearnedFact> facts;
  WritingJudgement judgement;  // of these facts
  std::vector<LearnedFact> quarantined;
  std::vector<Verdict> quarantined_verdicts;  // as if written after the others
};

struct WritingOptions {
  WriteOptions write;
  std::size_t context_tokens = 2048;  // of a sequence of the writer
  std::size_t batch_documents = 8;    // written at once
  ProgressCallback progress;
  std::stop_token stop;
  // By number in the documents: results of an earlier run with the same options, which are added instead of measured.
  std::map<std::size_t, WritingResult> known;
  // Called with the number and the result of every document that was measured.
  std::function<void(std::size_t, const DocumentWriting&)> on_document;
};

// Throws kCancelled.
WritingResult evaluate_writing(const WritingParts& parts, std::span<const DocRedDocument> documents, const WritingOptions& options = {});

}  // namespace memllm
