// One write call in the making: logits in, tokens out, and the triples at its end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "call/call_format.h"
#include "call/write_trie.h"
#include "llm/language_model.h"
#include "memllm/options.h"
#include "write/late_stopping.h"
#include "write/writer.h"

namespace memllm {

// Knows no decoder and no other call, so that the result depends on the logits alone. Thread rule: one thread.
class WriteCall {
 public:
  // What to do with the call's sequence: keep the first `keep` tokens after the header, append the tokens (one that the logits chose, and
  // those that must follow it) and bring the logits after the last.
  struct Step {
    bool finished = false;  // then keep and tokens mean nothing
    std::size_t keep = 0;
    std::vector<Token> tokens;
  };

  virtual ~WriteCall() = default;
  virtual Step next(std::span<const float> logits) = 0;
  // What may well follow the last step's tokens, at most so many tokens: a guess, which the logits confirm or not.
  virtual std::vector<Token> draft(std::size_t) const { return {}; }
  WriteResult result() const;  // REQUIRES: a step was finished

 protected:
  WriteCall(const CallFormat& format, int late_stopping, std::size_t max_tokens);

  Step accept(Token token, double log_probability);
  void accept_forced(Token token, Step& step);  // behind it: probability 1
  Step finish_closed();                         // at the best recorded stop
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

// text: pretext and focus. relations: those that a constrained call may use; null: any; it must outlive the object. max_tokens: of the call
// after its header, closing marker included; at this length it is cut (Decoding::kConstrained: after the last complete item). A call that
// the constraints cut counts as closed. Decoding::kFree follows the model's best token, late stopping apart, and ends at EOS.
std::unique_ptr<WriteCall> make_write_call(const LanguageModel& model, const CallFormat& format, const WriteOptions& options,
                                           std::span<const Token> text, std::size_t max_tokens, const WriteTrie* relations);

}  // namespace memllm
