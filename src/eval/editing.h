// Knowledge editing: facts are changed one after another, then asked for (paper §7, ZsRE).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "eval/run_log.h"
#include "eval/writing.h"
#include "memllm/memory.h"
#include "memllm/options.h"
#include "write/learner.h"

namespace memllm {

struct ZsreEdit {
  std::string subject;
  std::string prompt;           // the question whose answer is changed
  std::string target_new;       // the new answer
  std::string rephrase_prompt;  // the same question in other words
  std::string locality_prompt;  // an unrelated question, whose answer must stay the same
  std::string locality_answer;
  std::string relation;  // what the question asks about the subject; empty: the file does not say
};

// A JSON list of objects with the keys above ("relation" may be missing); others are ignored. Throws kNotFound, kIo, kInvalidArgument with
// the number of the edit.
std::vector<ZsreEdit> read_zsre(const std::filesystem::path& file);

enum class Answerer {
  kMemory,     // with the edits
  kNoFacts,    // as if the memory were empty
  kBaseModel,  // without adapters, and an empty memory
};

struct AskedAnswer {
  std::string text;
  std::vector<std::string> returned;  // names that the memory gave
};
// Throws kCancelled rather than to give an answer that was cut short.
using AskFunction = std::function<AskedAnswer(const std::string& question, Answerer answerer)>;

// Takes the answers from a log as far as it goes, and adds the others to it: item N is the answer to the N-th question asked. The questions
// must come in the order of the run that began the log, as evaluate_editing's do; else throws kInvalidArgument. The log must outlive the
// function.
AskFunction logged_ask(AskFunction ask, RunLog& log);

// What an edit puts into the memory: what the model writes of it, or (subject, relation, target_new).
enum class EditSource { kWritten, kGold };

struct EditingParts {
  WritingParts writing;
  Memory* memory = nullptr;  // without facts at the beginning; receives the edits
  AskFunction ask;
};

struct EditingOptions {
  EditSource source = EditSource::kWritten;
  WriteOptions write;
  std::size_t context_tokens = 2048;  // of a sequence of the writer
  ProgressCallback progress;
  std::stop_token stop;
};

struct EditOutcome {
  std::vector<Triple> written;          // facts that were stored of the edit
  bool target_written = false;          // one of them has the new answer as subject or object
  bool superseded = false;              // all of these were replaced by later edits, which say something else
  AskedAnswer reliability, generality;  // answers after all edits
  std::string locality_base, locality_before, locality_after;
  bool reliable = false;  // the new answer occurs in the answer, without regard to case
  bool general = false;
  bool local = false;    // the same text as before
  bool as_base = false;  // the same text as the base model's
};

struct EditingResult {
  std::vector<EditOutcome> edits;
  std::size_t reliable = 0, general = 0, local = 0, as_base = 0;
  // Why an edit was not reliable: nothing usable written; replaced by a later edit; written but not returned by the memory; returned but
  // not said. A replaced edit counts as a failure in the shares below, although the memory did what it was told.
  std::size_t not_written = 0, superseded = 0, not_retrieved = 0, not_used = 0;

  // Shares of the edits, in [0, 1].
  double reliability() const;
  double generality() const;
  double locality() const;
  double average() const;           // of the three
  double locality_to_base() const;  // not part of the average
};

// First all locality questions are asked of the base model and without the memory; then every edit is written from "QUESTION It is or they
// are ANSWER", or given by its relation, and stored with Memory::replace, in order; then everything is asked. Throws kCancelled, kConflict
// when the memory is not empty, and kInvalidArgument when EditSource::kGold finds an edit without relation.
EditingResult evaluate_editing(const EditingParts& parts, std::span<const ZsreEdit> edits, const EditingOptions& options = {});

}  // namespace memllm
