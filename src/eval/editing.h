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

#include "memllm/memory.h"
#include "memllm/options.h"
#include "memory/call_format.h"
#include "memory/learner.h"

namespace memllm {

struct ZsreEdit {
  std::string subject;
  std::string prompt;           // the question whose answer is changed
  std::string target_new;       // the new answer
  std::string rephrase_prompt;  // the same question in other words
  std::string locality_prompt;  // an unrelated question, whose answer must stay the same
  std::string locality_answer;
};

// A JSON list of objects with the keys above; others are ignored. Throws kNotFound, kIo, kInvalidArgument with the number of the edit.
std::vector<ZsreEdit> read_zsre(const std::filesystem::path& file);

enum class MemoryUse { kOff, kOn };

// The answer to a question, with the memory or as if it were empty.
struct AskedAnswer {
  std::string text;
  std::vector<std::string> returned;  // names that the memory gave
};
using AskFunction = std::function<AskedAnswer(const std::string& question, MemoryUse memory)>;

struct EditingParts {
  WriteFunction write;
  std::shared_ptr<const CallFormat> format;
  Memory* memory = nullptr;  // without facts at the beginning; receives the edits
  AskFunction ask;
};

struct EditingOptions {
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
  std::string locality_before, locality_after;
  bool reliable = false;  // the new answer occurs in the answer, without regard to case
  bool general = false;
  bool local = false;  // the same text as before
};

struct EditingResult {
  std::vector<EditOutcome> edits;
  std::size_t reliable = 0, general = 0, local = 0;
  // Why an edit was not reliable: nothing usable written; replaced by a later edit; written but not returned by the memory; returned but
  // not said. A replaced edit counts as a failure in the shares below, although the memory did what it was told.
  std::size_t not_written = 0, superseded = 0, not_retrieved = 0, not_used = 0;

  // Shares of the edits, in [0, 1].
  double reliability() const;
  double generality() const;
  double locality() const;
  double average() const;  // of the three
};

// First all locality questions are asked without the memory; then every edit is written from "QUESTION It is or they are ANSWER" and stored
// with Memory::replace, in order; then everything is asked. Throws kCancelled, and kConflict when the memory is not empty.
EditingResult evaluate_editing(const EditingParts& parts, std::span<const ZsreEdit> edits, const EditingOptions& options = {});

}  // namespace memllm
