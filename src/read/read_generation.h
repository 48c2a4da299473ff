// One completion under way: which tokens are where, and what comes next.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/utf8_accumulator.h"
#include "call/call_format.h"
#include "llm/language_model.h"
#include "memllm/completion.h"
#include "memllm/options.h"
#include "read/call_mixture.h"
#include "read/read_call.h"
#include "read/reader.h"

namespace memllm {

// The read decoder's sequence is always plain[0, b) + call + plain[b, …), where plain is prompt + text and the one call kept, if any, began
// at b; or plain alone. Thread rule: one thread.
class ReadGeneration {
 public:
  struct Parts {
    const LanguageModel& model;
    const CallFormat& format;
    const ReadCallMaker& calls;
    Decoder& read;
    Decoder* base;  // null: the read decoder has no adapter, it is the base
  };
  // A call to be placed directly after the prompt instead of a generated one.
  struct Given {
    std::vector<Query> queries;
    std::vector<QueryResult> results;
  };

  // rule lives as long as this. prompt: with BOS, not empty.
  ReadGeneration(Parts parts, const ReadOptions& options, Reader::FirstCall first, const StopRule& rule, std::stop_token stop,
                 std::vector<Token> prompt);
  // Cancelled: what was written until then, with Stop::kCancelled.
  Completion run(const std::optional<Given>& given = std::nullopt);

 private:
  Completion::Stop generate(const std::optional<Given>& given);
  // Logits, and the logarithm of their softmax's denominator without "({".
  struct Expectation {
    std::span<const float> logits;
    double log_sum = 0;
  };

  // Logits of the read decoder after everything that it should hold.
  std::span<const float> read_row();
  // What text is written from: logits of one model, or, while a call is weighed, log-probabilities.
  std::span<const float> text_row();
  Expectation expectation(std::span<const float> logits) const;
  // Moves the weight of the kept call after a token of text; a call that the text has refuted is removed.
  void weigh_call(Token token);
  bool may_call() const;
  bool wants_call();
  bool weighs_results() const;
  // What the next call must not ask once more; empty: nothing.
  std::span<const Query> refused_queries() const;
  void make_call(const std::optional<Given>& given);
  void take_call(ReadCall call, std::size_t begin, double probability, bool given);
  void remove_kept_call();
  // False: the text ends here (end of text, or the stop rule: completion_.stop is set).
  bool write_token();
  bool cut_at_stop_string(std::size_t old_size);
  Completion finish(Completion::Stop stop);
  bool is_text(Token token) const;
  std::size_t read_size() const { return parts_.read.tokens(0).size() + pending_.size(); }
  ReadCallLimits call_limits() const;

  Parts parts_;
  const ReadOptions& options_;
  Reader::FirstCall first_;
  const StopRule& rule_;
  std::stop_token stop_;
  std::mt19937_64 random_;

  std::vector<Token> plain_;
  std::vector<Token> pending_;          // to be decoded by the read decoder
  std::span<const float> row_;          // valid while pending_ is empty
  std::vector<float> row_before_call_;  // a dropped call gives it back: nothing to decode again
  std::optional<std::size_t> kept_call_at_;
  std::vector<Token> kept_call_;        // its tokens, with the result
  std::optional<CallMixture> mixture_;  // only with kept_call_at_ and a base: the text has not decided yet
  Expectation with_call_, without_call_;
  std::vector<float> mixed_;
  std::vector<float> unrepeated_;  // text_row, with what would be repeated less likely
  std::vector<Query> last_queries_;
  bool call_banned_ = false;  // directly after a call, kept or dropped: else a model could call forever without a word
  std::size_t generated_ = 0;
  double log_probability_ = 0;
  Utf8Accumulator text_;
  Completion completion_;
};

}  // namespace memllm
