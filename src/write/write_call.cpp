#include "write/write_call.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "call/write_grammar.h"
#include "llm/logits.h"
#include "write/name_draft.h"
#include "write/repeated_items.h"

namespace memllm {
namespace {

double mean(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

class ConstrainedDecoding final : public WriteCall {
 public:
  ConstrainedDecoding(const CallFormat& format, const WriteOptions& options, std::span<const Token> text, std::size_t max_tokens,
                      const WriteTrie* relations)
      : WriteCall(format, options.late_stopping, max_tokens),
        more_facts_(options.more_facts),
        least_close_(std::log(options.close_probability)),
        structure_(format, options.end_at_strange_names ? std::optional(format.spelling(text)) : std::nullopt, relations),
        draft_(format, text) {}

  Step next(std::span<const float> logits) override {
    if (structure_.at_object_begin()) repeats_.begin_object(logits);
    Token token = best_token(logits, [&](Token candidate) { return structure_.admits(candidate); });
    const bool ends_item = structure_.item_is_complete() && (token == format_->item() || token == format_->close());
    if (ends_item && repeats_.contains(structure_.item())) return roll_back();
    const double log_sum = log_sum_exp(logits);
    if (token == format_->close()) {
      const double close = log_probability(logits, token, log_sum);
      const bool goes_on = close < least_close_ && more_facts_-- > 0;
      if (!goes_on && late_stopping_.record(body_, close)) return finish_closed();
      token = best_token(logits, [&](Token candidate) { return candidate != format_->close() && structure_.admits(candidate); });
    }
    if (token < 0 || is_full() || !structure_.stands_in_text(token)) return finish_cut(structure_.complete_length(), Form::kClosed);
    return take(token, log_probability(logits, token, log_sum));
  }

  std::vector<Token> draft(std::size_t most) const override {
    if (structure_.is_in_relation()) return {};
    std::vector<Token> tokens = draft_.after(structure_.open_name(), most);
    if (structure_.open_name().empty() && !structure_.at_object_begin()) {
      // Facts in a row are often about the same subject.
      tokens.assign(structure_.last_subject().begin(), structure_.last_subject().end());
      if (!tokens.empty()) tokens.push_back(format_->field());
      tokens.resize(std::min(tokens.size(), most));
    }
    return tokens;
  }

 private:
  Step take(Token token, double log_probability) {
    if (token == format_->item()) repeats_.finish_item(structure_.item());
    structure_.append(token);
    Step step = accept(token, log_probability);
    for (auto forced = structure_.forced(); forced && !is_full(); forced = structure_.forced()) {
      structure_.append(*forced);
      accept_forced(*forced, step);
    }
    return step;
  }

  Step roll_back() {
    const std::size_t object = structure_.object_begin();
    const Token first = body_.tokens[object];
    structure_.truncate(object);
    body_.truncate(object);
    const auto retry = repeats_.retry(first, [&](Token candidate) { return structure_.admits(candidate); });
    return retry && structure_.stands_in_text(retry->token) ? take(retry->token, retry->log_probability)
                                                            : finish_cut(structure_.complete_length(), Form::kClosed);
  }

  int more_facts_;
  double least_close_;  // log-probability
  WriteGrammar structure_;
  RepeatedItems repeats_;
  NameDraft draft_;
};

class FreeDecoding final : public WriteCall {
 public:
  FreeDecoding(const LanguageModel& model, const CallFormat& format, const WriteOptions& options, std::size_t max_tokens)
      : WriteCall(format, options.late_stopping, max_tokens), eos_(model.eos()) {}

  Step next(std::span<const float> logits) override {
    Token token = best_token(logits);
    const double log_sum = log_sum_exp(logits);
    if (token == format_->close()) {
      if (late_stopping_.record(body_, log_probability(logits, token, log_sum))) return finish_closed();
      token = best_token(logits, [&](Token candidate) { return candidate != format_->close(); });
    }
    if (token == eos_ || is_full()) return finish_cut(body_.tokens.size(), Form::kOpen);
    return accept(token, log_probability(logits, token, log_sum));
  }

 private:
  Token eos_;
};

}  // namespace

WriteCall::WriteCall(const CallFormat& format, int late_stopping, std::size_t max_tokens)
    : format_(&format), late_stopping_(late_stopping), max_tokens_(max_tokens) {}

WriteCall::Step WriteCall::accept(Token token, double log_probability) {
  const std::size_t keep = body_.tokens.size();
  body_.append(token, log_probability);
  return {.finished = false, .keep = keep, .tokens = {token}};
}

void WriteCall::accept_forced(Token token, Step& step) {
  body_.append(token, 0);
  step.tokens.push_back(token);
}

WriteCall::Step WriteCall::finish_closed() {
  body_ = late_stopping_.best()->body;
  score_ = late_stopping_.best()->mean_log_probability;
  closed_ = true;
  return {.finished = true, .keep = 0, .tokens = {}};
}

WriteCall::Step WriteCall::finish_cut(std::size_t length, Form form) {
  if (late_stopping_.best()) return finish_closed();
  body_.truncate(length);
  score_ = mean(body_.log_probabilities);
  closed_ = form == Form::kClosed;
  return {.finished = true, .keep = 0, .tokens = {}};
}

WriteResult WriteCall::result() const {
  WriteResult result;
  result.stop_score = score_;
  const auto whole = format_->parse_write(body_.tokens);
  result.malformed_items = whole.malformed_items;
  result.well_formed = closed_ && whole.malformed_items == 0;
  std::set<Triple> seen;
  for (auto begin = body_.tokens.begin(); begin < body_.tokens.end();) {
    const auto end = std::find(begin, body_.tokens.end(), format_->item());
    auto item = format_->parse_write({begin, end});
    const auto offset = static_cast<std::size_t>(begin - body_.tokens.begin());
    if (item.triples.size() == 1 && seen.insert(keys_of(item.triples[0])).second) {
      const auto log_probabilities = std::span(body_.log_probabilities).subspan(offset, static_cast<std::size_t>(end - begin));
      result.triples.push_back({std::move(item.triples[0]), mean(log_probabilities)});
    }
    if (end == body_.tokens.end()) break;
    begin = end + 1;
  }
  return result;
}

std::unique_ptr<WriteCall> make_write_call(const LanguageModel& model, const CallFormat& format, const WriteOptions& options,
                                           std::span<const Token> text, std::size_t max_tokens, const WriteTrie* relations) {
  if (options.decoding == Decoding::kFree) return std::make_unique<FreeDecoding>(model, format, options, max_tokens);
  return std::make_unique<ConstrainedDecoding>(format, options, text, max_tokens, options.open_relations ? nullptr : relations);
}

}  // namespace memllm
