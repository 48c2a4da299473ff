// Text → calls → facts (paper §4, write).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"
#include "memllm/options.h"

namespace memllm {

// One sentence to be written, with the sentences before it (already cut to the pretext window by the caller: see pretext_window).
struct WriteTask {
  std::vector<Token> pretext;  // text_tokens
  std::vector<Token> focus;
};

struct WrittenTriple {
  Triple triple;
  double mean_log_probability = 0;  // over the item's tokens in the call
};

struct WriteResult {
  std::vector<WrittenTriple> triples;  // in the order of the call, none twice
  std::size_t malformed_items = 0;
  bool well_formed = true;  // closed, nothing malformed
  double stop_score = 0;    // mean log-probability of the call's tokens up to the chosen stop
};

// Takes the result of a task when it is there. What it throws ends the writing.
using WriteSink = std::function<void(std::size_t task, WriteResult result)>;

// Thread rule: one thread. Owns one Decoder under the write adapter with `parallel` sequences.
class Writer {
 public:
  Writer(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const DecoderOptions& decoder);

  // The relations that constrained calls may use, unless WriteOptions::open_relations; at the beginning, and where there are none: any.
  void set_relations(std::span<const std::string> relations);

  // Writes the tasks in parallel sequences, as many at a time as the decoder has, and gives each to the sink when it is finished, in
  // any order; the results are the same as one at a time, but for what another shape of batch rounds otherwise, which with quantised
  // weights is much (docs/decisions/003). A prompt that leaves less than half of a sequence's tokens to a call that may need them loses the
  // beginning of its pretext, then the end of its focus. Throws kInvalidArgument (options out of range, sequences too short for any
  // prompt), kCancelled.
  void write(std::span<const WriteTask> tasks, const WriteOptions& options, const WriteSink& sink, std::stop_token stop = {});
  // The same; results in the order of the tasks.
  std::vector<WriteResult> write(std::span<const WriteTask> tasks, const WriteOptions& options, std::stop_token stop = {});

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// The tokens of the sentences before `sentence` that fit options.max_pretext_sentences and max_prompt_tokens (with the focus), cut at a
// sentence. The prompt's fixed tokens are not counted. sentences: text_tokens of every sentence of the document (each but the first begins
// with its space).
std::vector<Token> pretext_window(std::span<const std::vector<Token>> sentences, std::size_t sentence, const WriteOptions& options);

}  // namespace memllm
