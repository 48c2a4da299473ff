#include "memory/read_call.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "llm/logits.h"
#include "memory/query_constraint.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxNameBytes = 1'000;  // the store's limit (memllm::Statement)

bool is_valid_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_valid_utf8(name) && !normalise_name(name).empty();
}

bool is_valid_query(const Query& query) {
  if (query.subject.has_value() == query.object.has_value()) return false;
  return is_valid_name(query.relation) && is_valid_name(query.subject ? *query.subject : *query.object);
}

}  // namespace

std::vector<std::string> united_answers(std::span<const QueryResult> results, int max_results) {
  std::vector<std::string> answers;
  std::set<std::string> seen;
  for (const QueryResult& result : results) {
    if (result.outcome != QueryOutcome::kFound) continue;
    for (const QueryMatch& match : result.matches) {
      if (answers.size() >= static_cast<std::size_t>(max_results)) return answers;
      if (seen.insert(normalise_name(match.answer)).second) answers.push_back(match.answer);
    }
  }
  return answers;
}

ReadCallMaker::ReadCallMaker(std::shared_ptr<const LanguageModel> model, std::shared_ptr<const CallFormat> format, QueryFunction query)
    : model_(std::move(model)), format_(std::move(format)), query_(std::move(query)), header_(format_->read_header()) {}

ReadCall ReadCallMaker::make(Decoder& decoder, const ReadOptions& options, const ReadCallLimits& limits, std::span<const Query> previous,
                             std::stop_token stop) const {
  ReadCall call;
  std::vector<Token> query;
  if (!generate(decoder, options, limits.query_tokens, query, stop)) {
    call.cancelled = true;
    return call;
  }
  call.tokens = header_;
  call.tokens.insert(call.tokens.end(), query.begin(), query.end());
  call.trace.call = repair_utf8(detokenize(*model_, call.tokens));
  auto parsed = format_->parse_read(query);
  if (parsed.queries.size() > static_cast<std::size_t>(options.max_queries)) parsed.queries.resize(options.max_queries);
  call.trace.queries = std::move(parsed.queries);
  if (!parsed.well_formed || !std::all_of(call.trace.queries.begin(), call.trace.queries.end(), is_valid_query)) {
    call.trace.dropped_because = "malformed";
    return call;
  }
  run(call, options, previous);
  if (call.trace.dropped_because.empty()) show_results(call, options, limits.result_tokens);
  return call;
}

ReadCall ReadCallMaker::given(std::vector<Query> queries, std::vector<QueryResult> results, const ReadOptions& options,
                              const ReadCallLimits& limits) const {
  ReadCall call;
  const std::vector<Token> query = format_->read_query(queries);
  call.tokens = header_;
  call.tokens.insert(call.tokens.end(), query.begin(), query.end());
  call.trace.call = repair_utf8(detokenize(*model_, call.tokens));
  call.trace.queries = std::move(queries);
  call.trace.results = std::move(results);
  if (query.size() > limits.query_tokens) {
    call.trace.dropped_because = "too broad";
    return call;
  }
  show_results(call, options, limits.result_tokens);
  return call;
}

bool ReadCallMaker::generate(Decoder& decoder, const ReadOptions& options, std::size_t max_tokens, std::vector<Token>& query,
                             const std::stop_token& stop) const {
  QueryConstraint constraint(*model_, *format_, options.max_queries, max_tokens);
  const bool constrained = options.decoding == Decoding::kConstrained;
  const auto allowed = [&](Token token) {
    if (constrained) return constraint.allows(token);
    return token == format_->arrow() || token == format_->close() || token == model_->eos() || !model_->is_control(token);
  };
  const DecodeItem header{0, header_, LogitsWanted::kLast};
  decoder.decode(std::span(&header, 1));
  while (query.size() < max_tokens) {
    if (stop.stop_requested()) return false;
    const Token token = best_token(decoder.logits(0), allowed);
    if (token < 0) return true;
    query.push_back(token);
    constraint.accept(token);
    // Only free decoding comes to a closing or opening marker or to the end of text: malformed.
    if (format_->is_marker(token) || token == model_->eos()) return true;
    if (query.size() == max_tokens) return true;
    const DecodeItem item{0, std::span(&token, 1), LogitsWanted::kLast};
    decoder.decode(std::span(&item, 1));
  }
  return true;
}

void ReadCallMaker::run(ReadCall& call, const ReadOptions& options, std::span<const Query> previous) const {
  CallTrace& trace = call.trace;
  if (!previous.empty() && std::equal(previous.begin(), previous.end(), trace.queries.begin(), trace.queries.end())) {
    trace.dropped_because = "repeated";
    return;
  }
  bool asked = false;
  for (const Query& query : trace.queries) {
    const bool ambiguous = is_ambiguous(query);
    asked = asked || !ambiguous;
    trace.results.push_back(ambiguous ? QueryResult{} : query_(query));
  }
  if (!asked) {
    trace.dropped_because = "ambiguous";
  } else if (united_answers(trace.results, options.max_results).empty()) {
    const bool broad = std::any_of(trace.results.begin(), trace.results.end(),
                                   [](const QueryResult& result) { return result.outcome == QueryOutcome::kTooBroad; });
    trace.dropped_because = broad ? "too broad" : "empty";
  }
}

void ReadCallMaker::show_results(ReadCall& call, const ReadOptions& options, std::size_t max_tokens) const {
  std::size_t tokens = 0;
  for (std::string& name : united_answers(call.trace.results, options.max_results)) {
    tokens += format_->name_tokens(name).size() + 1;  // and its separator or the closing marker
    if (tokens > max_tokens) break;
    call.trace.returned.push_back(std::move(name));
  }
  if (call.trace.returned.empty()) {
    call.trace.dropped_because = "too broad";
    return;
  }
  call.result = format_->read_result(call.trace.returned);
}

}  // namespace memllm
