// One document's losses, token by token.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "eval/perplexity.h"
#include "eval/text_tokens.h"
#include "eval/token_losses.h"
#include "examples/example_builder.h"
#include "read/call_mixture.h"
#include "read/read_call.h"

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

  // F: where a reading stands.
  struct FreeReading {
    std::vector<Query> previous;         // of the last call that asked something
    std::optional<CallMixture> mixture;  // kWeigh: of the call in the context, until the text has decided
    bool after_call = false;             // directly after a call no other is made
  };

  // BOS and the first count tokens of the text.
  std::vector<Token> context(std::size_t count) const;
  ReadCallLimits limits(std::size_t context_tokens, std::size_t text_tokens) const;
  void measure_plain();
  void measure_with_context();
  // BOS, the sentences as far as there is room for them and for more tokens after the text, the text.
  std::vector<Token> with_sentences(const std::vector<Token>& text, const std::vector<std::string>& sentences, std::size_t more) const;
  void measure_at_points(PerplexityResult& result);
  void measure_free(PerplexityResult& result);
  bool wants_call(const TokenLoss& loss) const;
  // Of the next token.
  void add_loss(const TokenLoss& loss, std::optional<CallMixture>& mixture);
  void call_freely(FreeReading& reading, PerplexityResult& result);
  ReadCall make_call(std::size_t point, const ReadCallLimits& limits) const;
  // Appends what of the call is not in the decoder yet, and its result.
  void append_call(const ReadCall& call, std::size_t context_tokens);
  Tried try_point(std::size_t point, PerplexityResult& result);
  // Sets losses_ by a decision; what it costs beside the tokens goes to the result.
  void combine(const std::vector<Tried>& tried, CallDecision decision, TextLosses& result);
  // The losses of a point's text with the call; also log p("({") at the next point.
  void combine_kept(std::size_t point, const Tried& tried, CallDecision decision, double& open_log_probability, TextLosses& result);
  void count_call(const CallTrace& trace, PerplexityResult& result) const;
  PointOutcome outcome_at(std::size_t point, const CallTrace& trace) const;
  void count_outcome(const PointOutcome& outcome, PerplexityResult& result) const;
  // Of the target span of a point, in losses of the tokens from begin on.
  double mean_target_loss(std::size_t point, const std::vector<TokenLoss>& losses, std::size_t begin) const;
  MeanLoss mean_loss(const Span& span) const;  // of the span's tokens in losses_
  void add_losses(TextLosses& result) const;
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
