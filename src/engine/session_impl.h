// What is behind memllm::Session.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ask/sentence_answerer.h"
#include "ask/wording_vectors.h"
#include "call/call_format.h"
#include "engine/memory_impl.h"
#include "llm/language_model.h"
#include "memllm/session.h"
#include "read/reader.h"
#include "write/fact_judge.h"
#include "write/writer.h"

namespace memllm {

// Decoders are made when they are first needed: asking needs no writer, learning no reader. Thread rule: one thread.
class Session::Impl {
 public:
  // write_adapter: fingerprint of options.write_adapter. Throws kInvalidArgument (markers, options).
  Impl(Memory::Impl& memory, std::shared_ptr<LanguageModel> model, const ModelOptions& options, std::string write_adapter);

  LearnSummary learn(std::span<const Document> documents, const WriteOptions& options, LearnMode mode, const ProgressCallback& progress,
                     std::stop_token stop, const ReportCallback& completed = {});
  Completion complete(const std::string& prompt, const ReadOptions& options, std::stop_token stop);
  Answer ask(const std::string& question, const ReadOptions& options, std::stop_token stop);

  Memory::Impl& memory() { return memory_; }
  const std::shared_ptr<LanguageModel>& model() const { return model_; }
  const std::shared_ptr<const CallFormat>& format() const { return format_; }
  Reader& reader();
  Writer& writer();

 private:
  QueryOptions query_options(const ReadOptions& options) const;

  Memory::Impl& memory_;
  std::shared_ptr<LanguageModel> model_;
  ModelOptions options_;
  std::string write_adapter_;
  std::shared_ptr<const CallFormat> format_;
  std::optional<Reader> reader_;
  std::optional<Writer> writer_;
  std::optional<FactJudge> judge_;            // once facts were written, where there is an answer adapter
  std::optional<SentenceAnswerer> answerer_;  // once something was asked, where there is an answer adapter
  std::optional<WordingVectors> wordings_;    // once something was asked of a memory with an embedder
  QueryOptions query_options_;                // of the completion under way
};

}  // namespace memllm
