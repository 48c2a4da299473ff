// A question and sentences → an answer copied from them, by the answer adapter.
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "language/language.h"
#include "llm/language_model.h"
#include "memllm/sentence.h"

namespace memllm {

struct SentenceAnswer {
  enum class Kind { kNotStated, kYes, kNo, kSpans } kind = Kind::kNotStated;
  std::vector<std::string> spans;  // kSpans: words of the sentences
  double log_probability = 0;      // of the whole answer (natural log)
  double not_stated = 0;           // log-probability of "not stated" in its place
};

// Thread rule: one thread. Owns a Decoder under the answer adapter, made with the first question.
class SentenceAnswerer {
 public:
  SentenceAnswerer(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const Language& language,
                   const DecoderOptions& decoder);

  // Greedy, held to what can be copied. Sentences that do not fit the context are left out, last first. Throws kCancelled.
  SentenceAnswer answer(const std::string& question, const std::string& asker, std::span<const Sentence> sentences,
                        const std::stop_token& stop);

 private:
  double log_probability_of(const std::vector<Token>& context, const std::string& text);

  std::shared_ptr<LanguageModel> model_;
  std::shared_ptr<const CallFormat> format_;
  const Language& language_;
  DecoderOptions options_;
  std::unique_ptr<Decoder> decoder_;
};

}  // namespace memllm
