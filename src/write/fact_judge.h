// Whether sentences state a fact: the model is asked for its object (docs/decisions/018-what-is-believed.md).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "call/call_format.h"
#include "language/language.h"
#include "llm/language_model.h"
#include "memllm/fact.h"
#include "memllm/sentence.h"

namespace memllm {

// The log-odds (natural) of the fact's object against "not stated", as the answer that the sentences give. Throws kCancelled.
using JudgeFunction = std::function<double(std::span<const Sentence> sentences, const Triple& fact, const std::stop_token& stop)>;

// As answers are told from questions that have none: a fact is a question and its answer. Thread rule: one thread. Owns a Decoder under
// the answer adapter, made with the first fact.
class FactJudge {
 public:
  FactJudge(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const Language& language,
            const DecoderOptions& decoder);

  // A JudgeFunction. Sentences that do not fit the context are left out, first ones first; those of the fact before are not read again.
  double operator()(std::span<const Sentence> sentences, const Triple& fact, const std::stop_token& stop);

 private:
  std::string question_for(const Triple& fact) const;

  std::shared_ptr<LanguageModel> model_;
  std::shared_ptr<const CallFormat> format_;
  const Language& language_;
  DecoderOptions options_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace memllm
