#include "eval/document_perplexity.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "memory/call_mixture.h"

namespace memllm {
namespace {

constexpr std::size_t kLeastRoom = 64;  // tokens that a call needs beside the text

// log(w exp(a) + (1 - w) exp(b))
double log_mix(double weight, double a, double b) { return std::log(weight * std::exp(a) + (1 - weight) * std::exp(b)); }

std::vector<ReadPoint> gold_points(const DocRedDocument& document) { return read_points(document, {}, {}); }

TextTokens cut_at_points(const PerplexityParts& parts, const DocRedDocument& document, const std::vector<ReadPoint>& points) {
  std::vector<std::size_t> cuts;
  cuts.reserve(points.size());
  for (const ReadPoint& point : points) cuts.push_back(point.text_offset);
  return {*parts.model, *parts.format, document.to_document().text, cuts};
}

bool same_query(const Query& a, const Query& b) {
  const auto key = [](const std::optional<std::string>& name) { return name ? normalise_name(*name) : std::string(); };
  return a.subject.has_value() == b.subject.has_value() && key(a.subject) == key(b.subject) && key(a.object) == key(b.object) &&
         normalise_name(a.relation) == normalise_name(b.relation);
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
      points_(gold_points(document)),
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
  if (!memory_ || options_.protocol == ReadProtocol::kGoldPoints) measure_plain();
  if (!memory_) {
    for (const TokenLoss& loss : plain_) losses_.push_back(loss.loss_without_open);
  } else if (options_.protocol == ReadProtocol::kGoldPoints) {
    measure_at_points(result);
  } else {
    measure_free(result);
  }
  add_losses(result);
}

void DocumentPerplexity::measure_plain() {
  reader_.set_context(context(first_));
  plain_.resize(first_);
  const auto rest = reader_.measure(std::span(text_.tokens()).subspan(first_));
  plain_.insert(plain_.end(), rest.begin(), rest.end());
}

double DocumentPerplexity::plain_open(std::size_t point) const { return plain_[text_.piece(point + 1).begin].open_log_probability; }

void DocumentPerplexity::measure_at_points(PerplexityResult& result) {
  // Backwards, so that the plain text before a point is always what the decoder already holds.
  std::vector<Tried> tried(points_.size());
  for (std::size_t point = points_.size(); point-- > 0;) {
    if (options_.stop.stop_requested()) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
    tried[point] = try_point(point, result);
    result.open_at_points.add(-plain_open(point));
  }
  for (const Tried& one : tried) result.outcomes.push_back(one.outcome);
  combine(tried, result);
}

ReadCall DocumentPerplexity::make_call(std::size_t point, const ReadCallLimits& limits) const {
  const ReadPoint& gold = points_[point];
  std::vector<QueryResult> results;
  for (const Query& query : gold.queries) {
    if (options_.query == QuerySource::kGold) {
      results.push_back(memory_.query(query));
    } else {
      results.push_back({QueryOutcome::kFound, {{{}, gold.target.name, 1, 1}}, true});
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
  if (call.cancelled) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
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

void DocumentPerplexity::combine(const std::vector<Tried>& tried, PerplexityResult& result) {
  const bool given = options_.decision == CallDecision::kGiven || options_.decision == CallDecision::kWeigh;
  for (const TokenLoss& loss : plain_) losses_.push_back(given ? loss.loss_without_open : loss.loss);
  double open_log_probability = points_.empty() ? 0 : plain_open(0);
  for (std::size_t point = 0; point < points_.size(); ++point) {
    const TokenRange piece = text_.piece(point + 1);
    losses_[piece.begin] = plain_[piece.begin].loss_without_open;  // directly after a dropped call no other is made
    if (tried[point].outcome.kept) {
      combine_kept(point, tried[point], open_log_probability, result);
    } else if (point + 1 < points_.size()) {
      open_log_probability = plain_open(point + 1);
    }
  }
}

void DocumentPerplexity::combine_kept(std::size_t point, const Tried& tried, double& open_log_probability, PerplexityResult& result) {
  const TokenRange piece = text_.piece(point + 1);
  const double call_probability = std::exp(open_log_probability);
  const bool branching = options_.decision == CallDecision::kBranch;
  if (options_.decision == CallDecision::kWeigh) {
    CallMixture mixture;
    for (std::size_t i = 0; i < piece.size(); ++i) {
      losses_[piece.begin + i] = -mixture.add(-tried.losses[i].loss_without_open, -plain_[piece.begin + i].loss_without_open);
    }
    return;
  }
  if (options_.decision == CallDecision::kOwn) result.overall.sum -= open_log_probability;
  for (std::size_t i = 0; i < piece.size(); ++i) {
    double& loss = losses_[piece.begin + i];
    if (branching) {
      loss = -log_mix(call_probability, -tried.losses[i].loss, -loss);
    } else {
      loss = options_.decision == CallDecision::kGiven ? tried.losses[i].loss_without_open : tried.losses[i].loss;
    }
  }
  if (point + 1 == points_.size()) return;
  open_log_probability =
      branching ? log_mix(call_probability, tried.open_log_probability, plain_open(point + 1)) : tried.open_log_probability;
}

void DocumentPerplexity::measure_free(PerplexityResult& result) {
  const std::span<const Token> text(text_.tokens());
  losses_.assign(first_, 0);
  std::vector<Query> previous;
  bool banned = false;  // directly after a call
  reader_.set_context(context(first_));
  while (losses_.size() < text.size()) {
    if (options_.stop.stop_requested()) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
    const std::size_t begin = losses_.size();
    const auto wants_call = [&](std::size_t i, const TokenLoss& loss) {
      if (banned && i == 0) return false;
      const double threshold = options_.read.call_threshold;
      return loss.open_is_best || (threshold > 0 && std::exp(loss.open_log_probability) >= threshold);
    };
    for (const TokenLoss& loss : reader_.measure(text.subspan(begin), wants_call)) losses_.push_back(loss.loss_without_open);
    const std::size_t at = losses_.size();
    if (at == text.size()) return;
    const std::vector<Token> before = context(at);
    reader_.set_context(before);
    ReadCall call = calls_.make(reader_.decoder(), options_.read, limits(before.size(), text.size() - at), previous, options_.stop);
    if (call.cancelled) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
    std::optional<std::size_t> point;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (text_.piece(i + 1).begin == at) point = i;
    }
    count_call(call.trace, result);
    if (point) count_outcome(outcome_at(*point, call.trace), result);
    if (!call.trace.queries.empty()) previous = call.trace.queries;
    if (call.trace.dropped_because.empty()) {
      append_call(call, before.size());
    } else {
      reader_.set_context(before);
    }
    banned = true;
  }
}

void DocumentPerplexity::count_call(const CallTrace& trace, PerplexityResult& result) const {
  ++result.calls;
  if (trace.dropped_because.empty()) {
    ++result.kept;
  } else if (trace.dropped_because == "malformed") {
    ++result.malformed;
  } else {
    ++result.empty;
  }
}

PointOutcome DocumentPerplexity::outcome_at(std::size_t point, const CallTrace& trace) const {
  const ReadPoint& gold = points_[point];
  PointOutcome outcome;
  outcome.kept = trace.dropped_because.empty();
  outcome.answers = trace.returned.size();
  outcome.query_log_probability = trace.query_log_probability;
  outcome.with_gold_query = std::any_of(trace.queries.begin(), trace.queries.end(), [&](const Query& asked) {
    return std::any_of(gold.queries.begin(), gold.queries.end(), [&](const Query& query) { return same_query(asked, query); });
  });
  std::set<std::string> names;
  for (const DocRedMention& mention : document_.entities[gold.entity]) names.insert(normalise_name(mention.name));
  outcome.with_target = outcome.kept && std::any_of(trace.returned.begin(), trace.returned.end(),
                                                    [&](const std::string& name) { return names.contains(normalise_name(name)); });
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

void DocumentPerplexity::add_losses(PerplexityResult& result) const {
  for (std::size_t i = first_; i < losses_.size(); ++i) result.overall.add(losses_[i]);
  const auto mean_of = [&](const Span& span) {
    MeanLoss mean;
    const TokenRange range = text_.range(span);
    for (std::size_t i = std::max(range.begin, first_); i < range.end; ++i) mean.add(losses_[i]);
    return mean;
  };
  const auto add_span = [](const MeanLoss& span, MeanLoss& to) {
    if (span.count > 0) to.add(span.sum / static_cast<double>(span.count));
  };
  for (const ReadPoint& point : points_) {
    const MeanLoss span = mean_of(point.target_span);
    add_span(span, result.target);
    result.target_tokens.sum += span.sum;
    result.target_tokens.count += span.count;
  }
  for (const auto& entity : document_.entities) {
    for (const DocRedMention& mention : entity) add_span(mean_of(document_.mention_span(mention)), result.entity);
  }
}

}  // namespace memllm
