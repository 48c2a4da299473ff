#include "eval/document_perplexity.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/cancellation.h"
#include "base/name.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kLeastRoom = 64;  // tokens that a call needs beside the text

// log(w exp(a) + (1 - w) exp(b))
double log_mix(double weight, double a, double b) { return std::log(weight * std::exp(a) + (1 - weight) * std::exp(b)); }

std::vector<ReadPoint> gold_points(const DocRedDocument& document, const Language& language) {
  ReadExampleOptions options;
  options.relations = &language.relations;
  return read_points(document, {}, options);
}

TextTokens cut_at_points(const PerplexityParts& parts, const DocRedDocument& document, const std::vector<ReadPoint>& points) {
  std::vector<std::size_t> cuts;
  cuts.reserve(points.size());
  for (const ReadPoint& point : points) cuts.push_back(point.text_offset);
  return {*parts.model, *parts.format, document.to_document().text, cuts};
}

bool same_query(const Query& a, const Query& b) {
  const auto key = [](const std::optional<std::string>& name) { return name ? Name(*name) : Name(); };
  return a.subject.has_value() == b.subject.has_value() && key(a.subject) == key(b.subject) && key(a.object) == key(b.object) &&
         Name(a.relation) == Name(b.relation);
}

}  // namespace

DocumentPerplexity::DocumentPerplexity(const PerplexityParts& parts, const PerplexityOptions& options, const DocRedDocument& document,
                                       MemoryView memory, Decoder& decoder)
    : parts_(parts),
      options_(options),
      document_(document),
      memory_(std::move(memory)),
      calls_(parts.model, parts.format, memory_),
      reader_(decoder, parts.format->open()),
      points_(gold_points(document, *parts.language)),
      text_(cut_at_points(parts, document, points_)),
      first_(parts.model->bos() >= 0 ? 0 : 1) {}

bool DocumentPerplexity::fits() const {
  const std::size_t room = memory_ ? kLeastRoom + std::min<std::size_t>(options_.read.max_call_tokens, 128) : 0;
  return text_.tokens().size() + 1 + room <= reader_.decoder().max_tokens();
}

std::vector<Token> DocumentPerplexity::context(std::size_t count) const {
  std::vector<Token> tokens;
  if (parts_.model->bos() >= 0) tokens.push_back(parts_.model->bos());
  tokens.insert(tokens.end(), text_.tokens().begin(), text_.tokens().begin() + static_cast<std::ptrdiff_t>(count));
  return tokens;
}

ReadCallLimits DocumentPerplexity::limits(std::size_t context_tokens, std::size_t text_tokens) const {
  const std::size_t used = context_tokens + calls_.header_tokens() + text_tokens;
  const std::size_t capacity = reader_.decoder().max_tokens();
  const std::size_t room = capacity > used ? capacity - used : 0;
  ReadCallLimits limits;
  limits.query_tokens = std::min(options_.read.max_call_tokens, room / 2);
  limits.result_tokens = room - limits.query_tokens;
  return limits;
}

void DocumentPerplexity::measure(PerplexityResult& result) {
  ++result.documents;
  result.points += points_.size();
  if (text_.tokens().size() <= first_) return;
  const bool free = memory_ && options_.protocol == ReadProtocol::kFree;
  if (!parts_.context && (!free || options_.decision == CallDecision::kWeigh)) measure_plain();
  if (memory_ && !free) return measure_at_points(result);
  if (free) {
    measure_free(result);
  } else if (parts_.context) {
    measure_with_context();
  } else {
    for (const TokenLoss& loss : plain_) losses_.push_back(loss.loss_without_open);
  }
  for (const CallDecision decision : kCallDecisions) {
    if (!free || decision == options_.decision) add_losses(result.of(decision));
  }
}

void DocumentPerplexity::measure_plain() {
  reader_.set_context(context(first_));
  plain_.resize(first_);
  const auto rest = reader_.measure(std::span(text_.tokens()).subspan(first_));
  plain_.insert(plain_.end(), rest.begin(), rest.end());
}

void DocumentPerplexity::measure_with_context() {
  losses_.assign(first_, 0);
  for (std::size_t piece = 0; piece < text_.pieces(); ++piece) {
    throw_if_stopped(options_.stop, "the evaluation was cancelled");
    const std::size_t begin = std::max(text_.piece(piece).begin, first_), end = text_.piece(piece).end;
    if (begin >= end) continue;
    std::vector<Token> before = context(begin);
    if (piece > 0) before = with_sentences(before, parts_.context(document_, points_[piece - 1]), end - begin);
    reader_.set_context(before);
    for (const TokenLoss& loss : reader_.measure(std::span(text_.tokens()).subspan(begin, end - begin))) {
      losses_.push_back(loss.loss_without_open);
    }
  }
}

std::vector<Token> DocumentPerplexity::with_sentences(const std::vector<Token>& text, const std::vector<std::string>& sentences,
                                                      std::size_t more) const {
  std::size_t room = reader_.decoder().max_tokens() - std::min(reader_.decoder().max_tokens(), text.size() + more);
  std::vector<Token> prompt;  // best last
  for (const std::string& sentence : sentences) {
    std::vector<Token> tokens = parts_.format->text_tokens(sentence + "\n");
    if (tokens.size() > room) break;
    room -= tokens.size();
    prompt.insert(prompt.begin(), tokens.begin(), tokens.end());
  }
  const auto begin = text.begin() + (parts_.model->bos() >= 0 ? 1 : 0);
  prompt.insert(prompt.begin(), text.begin(), begin);
  prompt.insert(prompt.end(), begin, text.end());
  return prompt;
}

double DocumentPerplexity::plain_open(std::size_t point) const { return plain_[text_.piece(point + 1).begin].open_log_probability; }

void DocumentPerplexity::measure_at_points(PerplexityResult& result) {
  // Backwards, so that the plain text before a point is always what the decoder already holds.
  std::vector<Tried> tried(points_.size());
  for (std::size_t point = points_.size(); point-- > 0;) {
    throw_if_stopped(options_.stop, "the evaluation was cancelled");
    tried[point] = try_point(point, result);
    result.open_at_points.add(-plain_open(point));
  }
  for (const CallDecision decision : kCallDecisions) {
    combine(tried, decision, result.of(decision));
    add_losses(result.of(decision));
    if (decision != CallDecision::kWeigh) continue;
    for (std::size_t point = 0; point < points_.size(); ++point) {
      const MeanLoss span = mean_loss(points_[point].target_span);
      tried[point].outcome.loss_weighed = span.count == 0 ? 0 : span.sum / static_cast<double>(span.count);
    }
  }
  for (const Tried& one : tried) result.outcomes.push_back(one.outcome);
}

ReadCall DocumentPerplexity::make_call(std::size_t point, const ReadCallLimits& limits) const {
  const ReadPoint& gold = points_[point];
  std::vector<QueryResult> results;
  for (const Query& query : gold.queries) {
    if (options_.query == QuerySource::kGold) {
      results.push_back(memory_.query(query));
    } else {
      QueryMatch match;
      match.answer = gold.target.name;
      results.push_back({QueryOutcome::kFound, {match}, true});
    }
  }
  return calls_.given(gold.queries, std::move(results), options_.read, limits);
}

void DocumentPerplexity::append_call(const ReadCall& call, std::size_t context_tokens) {
  const std::size_t decoded = reader_.decoder().tokens(0).size() - context_tokens;
  std::vector<Token> rest(call.tokens.begin() + static_cast<std::ptrdiff_t>(decoded), call.tokens.end());
  rest.insert(rest.end(), call.result.begin(), call.result.end());
  reader_.append(rest);
}

DocumentPerplexity::Tried DocumentPerplexity::try_point(std::size_t point, PerplexityResult& result) {
  const TokenRange piece = text_.piece(point + 1);
  const std::vector<Token> before = context(piece.begin);
  const ReadCallLimits room = limits(before.size(), piece.size());
  reader_.set_context(before);
  ReadCall call =
      options_.query == QuerySource::kOwn ? calls_.make(reader_.decoder(), options_.read, room, {}, options_.stop) : make_call(point, room);
  Tried tried;
  tried.outcome = outcome_at(point, call.trace);
  count_call(call.trace, result);
  count_outcome(tried.outcome, result);
  if (!tried.outcome.kept) return tried;
  append_call(call, before.size());
  tried.losses = reader_.measure(std::span(text_.tokens()).subspan(piece.begin, piece.size()));
  tried.open_log_probability = reader_.peek(parts_.format->open()).open_log_probability;
  tried.outcome.loss_with = mean_target_loss(point, tried.losses, piece.begin);
  return tried;
}

double DocumentPerplexity::mean_target_loss(std::size_t point, const std::vector<TokenLoss>& losses, std::size_t begin) const {
  MeanLoss mean;
  const TokenRange range = text_.range(points_[point].target_span);
  for (std::size_t i = std::max(range.begin, begin); i < std::min(range.end, begin + losses.size()); ++i) {
    mean.add(losses[i - begin].loss_without_open);
  }
  return mean.count == 0 ? 0 : mean.sum / static_cast<double>(mean.count);
}

void DocumentPerplexity::combine(const std::vector<Tried>& tried, CallDecision decision, TextLosses& result) {
  const bool given = decision == CallDecision::kGiven || decision == CallDecision::kWeigh;
  losses_.clear();
  for (const TokenLoss& loss : plain_) losses_.push_back(given ? loss.loss_without_open : loss.loss);
  double open_log_probability = points_.empty() ? 0 : plain_open(0);
  for (std::size_t point = 0; point < points_.size(); ++point) {
    const TokenRange piece = text_.piece(point + 1);
    losses_[piece.begin] = plain_[piece.begin].loss_without_open;  // directly after a dropped call no other is made
    if (tried[point].outcome.kept) {
      combine_kept(point, tried[point], decision, open_log_probability, result);
    } else if (point + 1 < points_.size()) {
      open_log_probability = plain_open(point + 1);
    }
  }
}

void DocumentPerplexity::combine_kept(std::size_t point, const Tried& tried, CallDecision decision, double& open_log_probability,
                                      TextLosses& result) {
  const TokenRange piece = text_.piece(point + 1);
  const double call_probability = std::exp(open_log_probability);
  const bool branching = decision == CallDecision::kBranch;
  if (decision == CallDecision::kWeigh) {
    CallMixture mixture(options_.read.result_weight);
    for (std::size_t i = 0; i < piece.size(); ++i) {
      losses_[piece.begin + i] = -mixture.add(-tried.losses[i].loss_without_open, -plain_[piece.begin + i].loss_without_open);
    }
    return;
  }
  if (decision == CallDecision::kOwn) result.overall.sum -= open_log_probability;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    double& loss = losses_[piece.begin + i];
    if (branching) {
      loss = -log_mix(call_probability, -tried.losses[i].loss, -loss);
    } else {
      loss = decision == CallDecision::kGiven ? tried.losses[i].loss_without_open : tried.losses[i].loss;
    }
  }
  if (point + 1 == points_.size()) return;
  open_log_probability =
      branching ? log_mix(call_probability, tried.open_log_probability, plain_open(point + 1)) : tried.open_log_probability;
}

void DocumentPerplexity::measure_free(PerplexityResult& result) {
  const std::span<const Token> text(text_.tokens());
  losses_.assign(first_, 0);
  FreeReading reading;
  reader_.set_context(context(first_));
  while (true) {
    throw_if_stopped(options_.stop, "the evaluation was cancelled");
    const auto leaves = [&](std::size_t i, const TokenLoss& loss) {
      if (reading.mixture && reading.mixture->refuted()) return true;
      const bool decides = !(reading.after_call && i == 0);
      const bool calls = decides && wants_call(loss);
      if (decides) result.decisions.add(calls ? -loss.open_log_probability : loss.loss - loss.loss_without_open);
      if (!calls) add_loss(loss, reading.mixture);
      return calls;
    };
    (void)reader_.measure(text.subspan(losses_.size()), leaves);
    if (losses_.size() == text.size()) return;
    reader_.set_context(context(losses_.size()));
    reading.after_call = !reading.mixture || !reading.mixture->refuted();
    reading.mixture.reset();
    if (reading.after_call) call_freely(reading, result);
  }
}

bool DocumentPerplexity::wants_call(const TokenLoss& loss) const {
  const double threshold = options_.read.call_threshold;
  return loss.open_is_best || (threshold > 0 && std::exp(loss.open_log_probability) >= threshold);
}

void DocumentPerplexity::add_loss(const TokenLoss& loss, std::optional<CallMixture>& mixture) {
  if (!mixture) {
    losses_.push_back(loss.loss_without_open);
    return;
  }
  losses_.push_back(-mixture->add(-loss.loss_without_open, -plain_[losses_.size()].loss_without_open));
  if (mixture->confirmed()) mixture.reset();
}

void DocumentPerplexity::call_freely(FreeReading& reading, PerplexityResult& result) {
  const std::size_t at = losses_.size();
  const std::vector<Token> before = context(at);
  const ReadCallLimits room = limits(before.size(), text_.tokens().size() - at);
  const bool may_repeat = options_.decision == CallDecision::kWeigh && options_.read.repeated_calls;
  const std::span<const Query> refused = may_repeat ? std::span<const Query>() : reading.previous;
  ReadCall call = calls_.make(reader_.decoder(), options_.read, room, refused, options_.stop);
  count_call(call.trace, result);
  result.queries.add(-call.trace.query_log_probability);
  for (std::size_t point = 0; point < points_.size(); ++point) {
    if (text_.piece(point + 1).begin == at) count_outcome(outcome_at(point, call.trace), result);
  }
  if (!call.trace.queries.empty()) reading.previous = call.trace.queries;
  if (!call.trace.dropped_because) {
    append_call(call, before.size());
    if (options_.decision == CallDecision::kWeigh) reading.mixture.emplace(options_.read.result_weight);
  } else {
    reader_.set_context(before);
  }
}

void DocumentPerplexity::count_call(const CallTrace& trace, PerplexityResult& result) const {
  ++result.calls;
  if (!trace.dropped_because) {
    ++result.kept;
  } else if (trace.dropped_because == DropReason::kMalformed) {
    ++result.malformed;
  } else {
    ++result.empty;
  }
}

PointOutcome DocumentPerplexity::outcome_at(std::size_t point, const CallTrace& trace) const {
  const ReadPoint& gold = points_[point];
  PointOutcome outcome;
  outcome.kept = !trace.dropped_because;
  outcome.answers = trace.returned.size();
  outcome.query_log_probability = trace.query_log_probability;
  outcome.with_gold_query = std::any_of(trace.queries.begin(), trace.queries.end(), [&](const Query& asked) {
    return std::any_of(gold.queries.begin(), gold.queries.end(), [&](const Query& query) { return same_query(asked, query); });
  });
  std::set<Name> names;
  for (const DocRedMention& mention : document_.entities[gold.entity]) names.insert(Name(mention.name));
  outcome.with_target = outcome.kept && std::any_of(trace.returned.begin(), trace.returned.end(),
                                                    [&](const std::string& name) { return names.contains(Name(name)); });
  if (plain_.size() > text_.range(gold.target_span).begin) {
    outcome.call_probability = std::exp(plain_open(point));
    outcome.loss_without = outcome.loss_with = mean_target_loss(point, plain_, 0);
  }
  return outcome;
}

void DocumentPerplexity::count_outcome(const PointOutcome& outcome, PerplexityResult& result) const {
  ++result.calls_at_points;
  if (outcome.with_gold_query) ++result.with_gold_query;
  if (outcome.with_target) ++result.with_target;
}

MeanLoss DocumentPerplexity::mean_loss(const Span& span) const {
  MeanLoss mean;
  const TokenRange range = text_.range(span);
  for (std::size_t i = std::max(range.begin, first_); i < range.end; ++i) mean.add(losses_[i]);
  return mean;
}

void DocumentPerplexity::add_losses(TextLosses& result) const {
  for (std::size_t i = first_; i < losses_.size(); ++i) result.overall.add(losses_[i]);
  const auto add_span = [](const MeanLoss& span, MeanLoss& to) {
    if (span.count > 0) to.add(span.sum / static_cast<double>(span.count));
  };
  for (const ReadPoint& point : points_) {
    const MeanLoss span = mean_loss(point.target_span);
    add_span(span, result.target);
    result.target_tokens.sum += span.sum;
    result.target_tokens.count += span.count;
  }
  for (const auto& entity : document_.entities) {
    for (const DocRedMention& mention : entity) add_span(mean_loss(document_.mention_span(mention)), result.entity);
  }
}

}  // namespace memllm
