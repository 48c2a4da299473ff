#include "read/read_generation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/cancellation.h"
#include "call/read_grammar.h"
#include "llm/logits.h"
#include "read/repetition.h"

namespace memllm {

ReadGeneration::ReadGeneration(Parts parts, const ReadOptions& options, Reader::FirstCall first, const StopRule& rule, std::stop_token stop,
                               std::vector<Token> prompt)
    : parts_(parts),
      options_(options),
      first_(first),
      rule_(rule),
      stop_(std::move(stop)),
      random_(options.seed),
      plain_(std::move(prompt)) {}

Completion ReadGeneration::run(const std::optional<Given>& given) {
  Completion::Stop stop = Completion::Stop::kCancelled;
  try {
    stop = generate(given);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCancelled) throw;
  }
  return finish(stop);
}

Completion::Stop ReadGeneration::generate(const std::optional<Given>& given) {
  const bool reads = first_ != Reader::FirstCall::kNever;
  if (reads || !parts_.base) {
    decode_with_prefix_reuse(parts_.read, 0, plain_);
    row_ = parts_.read.logits(0);
  }
  if (given && !stop_.stop_requested()) make_call(given);
  while (generated_ < options_.max_new_tokens) {
    throw_if_stopped(stop_);
    if (reads && may_call() && wants_call()) {
      make_call(std::nullopt);
      continue;
    }
    if (!write_token()) return completion_.stop;
    if (std::max(plain_.size(), reads || !parts_.base ? read_size() : 0) >= parts_.read.max_tokens()) break;
  }
  return Completion::Stop::kLength;
}

std::span<const float> ReadGeneration::read_row() {
  if (!pending_.empty()) {
    const DecodeItem item{0, pending_, LogitsWanted::kLast};
    parts_.read.decode(std::span(&item, 1));
    pending_.clear();
    row_ = parts_.read.logits(0);
  }
  return row_;
}

std::span<const float> ReadGeneration::text_row() {
  if (!parts_.base || (kept_call_at_ && !mixture_)) return read_row();
  decode_with_prefix_reuse(*parts_.base, 0, plain_);
  if (!mixture_) return parts_.base->logits(0);
  with_call_ = expectation(read_row());
  without_call_ = expectation(parts_.base->logits(0));
  mixture_->next(with_call_.logits, with_call_.log_sum, without_call_.logits, without_call_.log_sum, mixed_);
  return mixed_;
}

ReadGeneration::Expectation ReadGeneration::expectation(std::span<const float> logits) const {
  return {logits, log_sum_exp_without(logits, parts_.format.open(), log_sum_exp(logits))};
}

void ReadGeneration::weigh_call(Token token) {
  mixture_->add(log_probability(with_call_.logits, token, with_call_.log_sum),
                log_probability(without_call_.logits, token, without_call_.log_sum));
  if (mixture_->refuted()) {
    remove_kept_call();
  } else if (mixture_->confirmed()) {
    mixture_.reset();
  }
}

bool ReadGeneration::is_text(Token token) const {
  return token == parts_.model.eos() || (!parts_.model.is_control(token) && !parts_.format.is_marker(token));
}

ReadCallLimits ReadGeneration::call_limits() const {
  const std::size_t used = plain_.size() + parts_.calls.header_tokens();
  const std::size_t room = parts_.read.max_tokens() > used ? parts_.read.max_tokens() - used : 0;
  ReadCallLimits limits;
  limits.query_tokens = std::min(options_.max_call_tokens, room / 2);
  const std::size_t text = std::min(options_.max_new_tokens - generated_ + 1, room / 4);
  limits.result_tokens = room - limits.query_tokens - text;
  return limits;
}

bool ReadGeneration::may_call() const { return !call_banned_ && call_limits().query_tokens >= ReadGrammar::kMinTokens; }

bool ReadGeneration::wants_call() {
  if (first_ == Reader::FirstCall::kForced && generated_ == 0) return true;
  const std::span<const float> row = read_row();
  const Token open = parts_.format.open();
  if (options_.call_threshold > 0 && std::exp(log_probability(row, open)) >= options_.call_threshold) return true;
  return best_token(row, [&](Token token) { return token == open || is_text(token); }) == open;
}

bool ReadGeneration::weighs_results() const { return parts_.base && options_.result_weight < 1; }

std::span<const Query> ReadGeneration::refused_queries() const {
  if (weighs_results() && options_.repeated_calls) return {};
  return last_queries_;
}

void ReadGeneration::make_call(const std::optional<Given>& given) {
  // The probability is the one that the decision was made on: with the previous call still in the context.
  const double probability = std::exp(log_probability(read_row(), parts_.format.open()));
  if (kept_call_at_) remove_kept_call();
  const std::span<const float> row = read_row();
  row_before_call_.assign(row.begin(), row.end());
  const std::size_t begin = parts_.read.tokens(0).size();
  ReadCall call = given ? parts_.calls.given(given->queries, given->results, options_, call_limits())
                        : parts_.calls.make(parts_.read, options_, call_limits(), refused_queries(), stop_);
  take_call(std::move(call), begin, probability, given.has_value());
}

void ReadGeneration::take_call(ReadCall call, std::size_t begin, double probability, bool given) {
  const auto at = static_cast<std::int64_t>(text_.text().size());
  call.trace.call_probability = probability;
  call.trace.text_span = {at, at};
  if (!call.trace.queries.empty()) last_queries_ = call.trace.queries;
  if (!call.trace.dropped_because) {
    const std::size_t decoded = parts_.read.tokens(0).size() - begin;
    pending_.assign(call.tokens.begin() + static_cast<std::ptrdiff_t>(decoded), call.tokens.end());
    pending_.insert(pending_.end(), call.result.begin(), call.result.end());
    kept_call_at_ = begin;
    kept_call_ = std::move(call.tokens);
    kept_call_.insert(kept_call_.end(), call.result.begin(), call.result.end());
    if (weighs_results() && !given) mixture_.emplace(options_.result_weight);
  } else {
    parts_.read.truncate(0, begin);
    row_ = row_before_call_;
  }
  completion_.calls.push_back(std::move(call.trace));
  call_banned_ = true;
}

void ReadGeneration::remove_kept_call() {
  for (auto trace = completion_.calls.rbegin(); trace != completion_.calls.rend(); ++trace) {
    if (trace->dropped_because.has_value()) continue;
    trace->text_span.end = static_cast<std::int64_t>(text_.text().size());
    break;
  }
  parts_.read.truncate(0, *kept_call_at_);
  // Never empty: a call is banned directly after a call.
  pending_.assign(plain_.begin() + static_cast<std::ptrdiff_t>(*kept_call_at_), plain_.end());
  kept_call_at_.reset();
  kept_call_.clear();
  mixture_.reset();
}

bool ReadGeneration::write_token() {
  const std::span<const float> row = text_row();
  unrepeated_.assign(row.begin(), row.end());
  penalise_repetition(unrepeated_, plain_, options_.repetition_penalty, parts_.model, kept_call_);
  const Token token = sample_token(unrepeated_, options_.temperature, random_, [&](Token candidate) { return is_text(candidate); });
  if (token < 0 || token == parts_.model.eos()) {
    completion_.stop = Completion::Stop::kEndOfText;
    return false;
  }
  log_probability_ += log_probability(row, token);
  ++generated_;
  call_banned_ = false;
  plain_.push_back(token);
  // Without calls and with a base the read decoder stays behind; the next completion starts from the common prefix.
  if (first_ != Reader::FirstCall::kNever || !parts_.base) pending_.push_back(token);
  const std::size_t old_size = text_.text().size();
  text_.append(parts_.model.piece(token));
  if (mixture_) weigh_call(token);
  if (cut_at_stop_string(old_size)) return false;
  if (!rule_.enough || !rule_.enough(text_.text())) return true;
  completion_.stop = Completion::Stop::kEnough;
  return false;
}

bool ReadGeneration::cut_at_stop_string(std::size_t old_size) {
  std::size_t cut = std::string::npos;
  for (const std::string& stop : rule_.strings) {
    if (stop.empty()) continue;
    const std::size_t from = old_size > stop.size() ? old_size - stop.size() : 0;
    cut = std::min(cut, text_.text().find(stop, from));
  }
  if (cut == std::string::npos) return false;
  completion_.stop = Completion::Stop::kStopString;
  completion_.text = text_.text().substr(0, cut);
  return true;
}

Completion ReadGeneration::finish(Completion::Stop stop) {
  completion_.stop = stop;
  if (stop != Completion::Stop::kStopString) {
    text_.finish();
    completion_.text = text_.text();
  }
  const auto size = static_cast<std::int64_t>(completion_.text.size());
  bool current = kept_call_at_.has_value();
  for (auto trace = completion_.calls.rbegin(); trace != completion_.calls.rend(); ++trace) {
    if (current && !trace->dropped_because) {
      trace->text_span.end = size;
      current = false;
    }
    trace->text_span.begin = std::min(trace->text_span.begin, size);
    trace->text_span.end = std::min(trace->text_span.end, size);
  }
  completion_.mean_log_probability = generated_ > 0 ? log_probability_ / static_cast<double>(generated_) : 0;
  return std::move(completion_);
}

}  // namespace memllm
