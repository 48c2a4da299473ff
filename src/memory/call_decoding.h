// One write call in the making: logits in, tokens out, and the triples at its end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "llm/language_model.h"
#include "memllm/options.h"
#include "memory/call_format.h"
#include "memory/late_stopping.h"
#include "memory/writer.h"

namespace memllm {

// Knows no decoder and no other call, so that the result depends on the logits alone. Thread rule: one thread.
class CallDecoding {
 public:
  // What to do with the call's sequence: keep the first `keep` tokens after the header, append token and bring the logits after it.
  struct Step {
    bool finished = false;  // then keep and token mean nothing
    std::size_t keep = 0;
    Token token = -1;
  };

  virtual ~CallDecoding() = default;
  virtual Step next(std::span<const float> logits) = 0;
  WriteResult result() const;  // REQUIRES: a step was finished

 protected:
  CallDecoding(const CallFormat& format, int late_stopping, std::size_t max_tokens);

  Step accept(Token token, double log_probability);
  Step finish_closed();  // at the best recorded stop
  enum class Form { kClosed, kOpen };
  // At the best recorded stop, or, if there is none, after length tokens, in the form that the call then has.
  Step finish_cut(std::size_t length, Form form);
  bool is_full() const { return body_.tokens.size() + 1 >= max_tokens_; }  // only the closing marker still fits

  const CallFormat* format_;
  LateStopping late_stopping_;
  CallBody body_;

 private:
  std::size_t max_tokens_;
  bool closed_ = false;
  double score_ = 0;
};

// text: pretext and focus, for WriteOptions::end_at_strange_names. max_tokens: of the call after its header, closing marker included; at
// this length it is cut (Decoding::kConstrained: after the last complete item). A call that the constraints cut counts as closed.
// Decoding::kFree follows the model's best token, late stopping apart, and ends at EOS.
std::unique_ptr<CallDecoding> make_call_decoding(const LanguageModel& model, const CallFormat& format, const WriteOptions& options,
                                                 std::span<const Token> text, std::size_t max_tokens);

}  // namespace memllm
