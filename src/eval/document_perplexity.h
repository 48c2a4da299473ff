// One document's losses, token by token.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "data/example_builder.h"
#include "eval/perplexity.h"
#include "eval/text_tokens.h"
#include "eval/token_losses.h"
#include "memory/read_call.h"

namespace memllm {

// Thread rule: one thread, the decoder's.
class DocumentPerplexity {
 public:
  // query: the document's memory; empty: memory off. The referred objects must outlive this.
  DocumentPerplexity(const PerplexityParts& parts, const PerplexityOptions& options, const DocRedDocument& document, MemoryView memory,
                     Decoder& decoder);

  // Whether text and a call fit the decoder.
  bool fits() const;
  // Adds the document to the result. REQUIRES: fits().
  void measure(PerplexityResult& result);

 private:
  // A call that was tried at a point.
  struct Tried {
    PointOutcome outcome;
    std::vector<TokenLoss> losses;    // of the tokens up to the next point, with the call in the context; empty unless kept
    double open_log_probability = 0;  // log p("({") at the next point, with the call in the context
  };

  // BOS and the first count tokens of the text.
  std::vector<Token> context(std::size_t count) const;
  ReadCallLimits limits(std::size_t context_tokens, std::size_t text_tokens) const;
  void measure_plain();
  void measure_at_points(PerplexityResult& result);
  void measure_free(PerplexityResult& result);
  ReadCall make_call(std::size_t point, const ReadCallLimits& limits) const;
  // Appends what of the call is not in the decoder yet, and its result.
  void append_call(const ReadCall& call, std::size_t context_tokens);
  Tried try_point(std::size_t point, PerplexityResult& result);
  void combine(const std::vector<Tried>& tried, PerplexityResult& result);
  // The losses of a point's text with the call; also log p("({") at the next point.
  void combine_kept(std::size_t point, const Tried& tried, double& open_log_probability, PerplexityResult& result);
  void count_call(const CallTrace& trace, PerplexityResult& result) const;
  PointOutcome outcome_at(std::size_t point, const CallTrace& trace) const;
  void count_outcome(const PointOutcome& outcome, PerplexityResult& result) const;
  // Of the target span of a point, in losses of the tokens from begin on.
  double mean_target_loss(std::size_t point, const std::vector<TokenLoss>& losses, std::size_t begin) const;
  void add_losses(PerplexityResult& result) const;
  double plain_open(std::size_t point) const;

  const PerplexityParts& parts_;
  const PerplexityOptions& options_;
  const DocRedDocument& document_;
  MemoryView memory_;
  ReadCallMaker calls_;
  TokenLosses reader_;
  std::vector<ReadPoint> points_;
  TextTokens text_;
  std::size_t first_ = 0;         // the first token that is predicted
  std::vector<TokenLoss> plain_;  // of every token, without calls
  std::vector<double> losses_;    // of every token: what is reported
};

}  // namespace memllm
