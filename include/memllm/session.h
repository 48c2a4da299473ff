// A language model at work on a memory: it writes while it reads text, and reads while it generates.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "memllm/completion.h"
#include "memllm/document.h"
#include "memllm/memory.h"
#include "memllm/options.h"

namespace memllm {

// Thread rule: one thread at a time; that thread runs the model. Cancelling through a stop_token is safe from any thread.
class Session {
 public:
  // Loads the model; its adapters are loaded, and checked to fit it, by the first learn, complete or ask (kModel then). Throws kNotFound: a
  // file is missing; kModel: the model cannot be loaded; kInvalidArgument: a marker is not one token (names the flag).
  Session(Memory& memory, const ModelOptions& options);
  Session(Session&&) noexcept;
  ~Session();

  // Stopping through a stop_token makes a result, not an exception: LearnSummary::cancelled, Completion::Stop::kCancelled.

  // Writes what the documents say. Each document is committed when it is complete, in its order; a cancelled or killed run keeps those and
  // continues after them when called again. Unchanged documents are skipped. A sentence that the model itself wrote from this memory while
  // it has been open is left out, with a warning. Throws kInvalidArgument where two documents have one name.
  LearnSummary learn(std::span<const Document> documents, const WriteOptions& options = {}, LearnMode mode = LearnMode::kStore,
                     const ProgressCallback& progress = {}, std::stop_token stop = {}, const ReportCallback& completed = {});
  // Continues the prompt; reads where the model decides to.
  Completion complete(const std::string& prompt, const ReadOptions& options = {}, std::stop_token stop = {});
  // Answers a question, from the memory where it knows.
  Answer ask(const std::string& question, const ReadOptions& options = {}, std::stop_token stop = {});

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace memllm
