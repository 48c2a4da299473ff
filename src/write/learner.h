// Documents → sentences, kept at once; sentences → write calls → facts in the store, one transaction a document.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "call/call_format.h"
#include "language/language.h"
#include "memllm/document.h"
#include "store/store.h"
#include "write/fact_judge.h"
#include "write/memory_echo.h"
#include "write/writer.h"

namespace memllm {

// Writer::write, or a stand-in. Throws kCancelled.
using WriteFunction = std::function<void(std::span<const WriteTask>, const WriteOptions&, const WriteSink&, std::stop_token)>;

// Thread rule: one thread.
class Learner {
 public:
  struct Parts {
    Store& store;
    const Language& language;
    std::shared_ptr<const CallFormat> format;
    WriteFunction write;  // empty: sentences are kept, no facts written
    std::string model;    // fingerprints
    std::string adapter;
    std::size_t context_tokens = 2048;
    std::size_t batch_sentences = 32;  // handed to write at once, across documents
    Logger logger;
    Clock clock = now_utc;
    const MemoryEcho* echo = nullptr;  // sentences that are not learned; null: none
    JudgeFunction judge = {};          // empty: facts are believed without
    std::string judged_by = {};        // fingerprint of the judge's adapter
  };

  explicit Learner(Parts parts);

  // Contract of Session::learn.
  LearnSummary learn(std::span<const Document> documents, const WriteOptions& options, LearnMode mode, const ProgressCallback& progress,
                     std::stop_token stop, const ReportCallback& completed = {});

 private:
  class Run;
  Parts parts_;
};

}  // namespace memllm
