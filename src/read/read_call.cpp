#include "read/read_call.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/cancellation.h"
#include "base/name.h"
#include "base/text.h"
#include "call/read_grammar.h"
#include "llm/logits.h"

namespace memllm {
namespace {

bool is_valid_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes && is_valid_utf8(name) && !Name(name).is_blank();
}

bool is_valid_query(const Query& query) {
  if (query.subject.has_value() == query.object.has_value()) return false;
  return is_valid_name(query.relation) && is_valid_name(query.subject ? *query.subject : *query.object);
}

}  // namespace

std::vector<std::string> united_answers(std::span<const QueryResult> results, int max_results) {
  std::vector<std::string> answers;
  std::set<Name> seen;
  for (const QueryResult& result : results) {
    if (result.outcome != QueryOutcome::kFound) continue;
    for (const QueryMatch& match : result.matches) {
      if (answers.size() >= static_cast<std::size_t>(max_results)) return answers;
      if (seen.insert(Name(match.answer)).second) answers.push_back(match.answer);
    }
  }
  return answers;
}

ReadCallMaker::ReadCallMaker(std::shared_ptr<const LanguageModel> model, std::shared_ptr<const CallFormat> format, MemoryView memory)
    : model_(std::move(model)), format_(std::move(format)), memory_(std::move(memory)), header_(format_->read_header()) {}

ReadCall ReadCallMaker::make(Decoder& decoder, const ReadOptions& options, const ReadCallLimits& limits, std::span<const Query> refused,
                             std::stop_token stop) const {
  ReadCall call;
  Generated generated;
  int max_queries = options.max_queries;
  if (const auto queries = may_ask(decoder, options)) {
    max_queries = std::max(max_queries, options.min_queries);
    ReadTrie trie(*format_, *queries, max_queries, limits.query_tokens, options.min_queries);
    if (trie.empty()) {
      call.trace.dropped_because = DropReason::kEmpty;
      return call;
    }
    generated = generate_known(decoder, std::move(trie), stop);
  } else {
    generated = generate(decoder, options, limits.query_tokens, stop);
  }
  call.tokens = header_;
  call.tokens.insert(call.tokens.end(), generated.query.begin(), generated.query.end());
  call.trace.call = repair_utf8(detokenize(*model_, call.tokens));
  call.trace.query_log_probability = generated.log_probability;
  auto parsed = format_->parse_read(generated.query);
  if (parsed.queries.size() > static_cast<std::size_t>(max_queries)) parsed.queries.resize(max_queries);
  call.trace.queries = std::move(parsed.queries);
  if (!parsed.well_formed || !std::all_of(call.trace.queries.begin(), call.trace.queries.end(), is_valid_query)) {
    call.trace.dropped_because = DropReason::kMalformed;
    return call;
  }
  if (std::exp(call.trace.query_log_probability) < options.min_query_probability) {
    call.trace.dropped_because = DropReason::kImprobable;
    return call;
  }
  run(call, options, refused);
  if (!call.trace.dropped_because) show_results(call, options, limits.result_tokens);
  return call;
}

std::optional<std::vector<Query>> ReadCallMaker::may_ask(const Decoder& decoder, const ReadOptions& options) const {
  if (!options.answerable_only || options.decoding != Decoding::kConstrained || !memory_.answerable) return std::nullopt;
  std::vector<Query> queries = memory_.answerable(detokenize(*model_, decoder.tokens(0)));
  std::erase_if(queries, [this](const Query& query) { return is_ambiguous(query) || !is_valid_query(query); });
  return queries;
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
    call.trace.dropped_because = DropReason::kTooBroad;
    return call;
  }
  show_results(call, options, limits.result_tokens);
  return call;
}

ReadCallMaker::Generated ReadCallMaker::generate(Decoder& decoder, const ReadOptions& options, std::size_t max_tokens,
                                                 const std::stop_token& stop) const {
  ReadGrammar constraint(*model_, *format_, options.max_queries, max_tokens);
  const bool constrained = options.decoding == Decoding::kConstrained;
  const auto allowed = [&](Token token) {
    if (constrained) return constraint.allows(token);
    return token == format_->arrow() || token == format_->close() || token == model_->eos() || !model_->is_control(token);
  };
  Generated generated;
  const DecodeItem header{0, header_, LogitsWanted::kLast};
  decoder.decode(std::span(&header, 1));
  while (generated.query.size() < max_tokens) {
    throw_if_stopped(stop);
    const Token token = best_token(decoder.logits(0), allowed);
    if (token < 0) break;
    generated.log_probability += log_probability(decoder.logits(0), token);
    generated.query.push_back(token);
    constraint.accept(token);
    // Only free decoding comes to a closing or opening marker or to the end of text: malformed.
    if (format_->is_marker(token) || token == model_->eos() || generated.query.size() == max_tokens) break;
    const DecodeItem item{0, std::span(&token, 1), LogitsWanted::kLast};
    decoder.decode(std::span(&item, 1));
  }
  return generated;
}

// A token without alternative is not waited for: it is decoded together with what follows it.
ReadCallMaker::Generated ReadCallMaker::generate_known(Decoder& decoder, ReadTrie trie, const std::stop_token& stop) const {
  Generated generated;
  const DecodeItem header{0, header_, LogitsWanted::kLast};
  decoder.decode(std::span(&header, 1));
  std::span<const float> row = decoder.logits(0);
  std::vector<Token> run;  // not decoded yet
  const auto decode_run = [&](std::size_t count) {
    generated.log_probability += log_probability(row, run.front());
    const DecodeItem item{0, std::span(run).first(count), LogitsWanted::kAll};
    if (count > 0) decoder.decode(std::span(&item, 1));
    for (std::size_t i = 1; i < run.size(); ++i) generated.log_probability += log_probability(decoder.logits(0, i - 1), run[i]);
    if (count > 0) row = decoder.logits(0, count - 1);
    run.erase(run.begin(), run.begin() + static_cast<std::ptrdiff_t>(count));
  };
  for (std::vector<Token> allowed = trie.allowed(); !allowed.empty(); allowed = trie.allowed()) {
    throw_if_stopped(stop);
    if (allowed.size() > 1 && !run.empty()) decode_run(run.size());
    const Token token =
        *std::max_element(allowed.begin(), allowed.end(), [&](Token a, Token b) { return row[a] != row[b] ? row[a] < row[b] : a > b; });
    generated.query.push_back(token);
    run.push_back(token);
    trie.accept(token);
  }
  decode_run(run.size() - 1);
  return generated;
}

void ReadCallMaker::run(ReadCall& call, const ReadOptions& options, std::span<const Query> refused) const {
  CallTrace& trace = call.trace;
  if (!refused.empty() && std::equal(refused.begin(), refused.end(), trace.queries.begin(), trace.queries.end())) {
    trace.dropped_because = DropReason::kRepeated;
    return;
  }
  bool asked = false;
  for (const Query& query : trace.queries) {
    const bool ambiguous = is_ambiguous(query);
    asked = asked || !ambiguous;
    trace.results.push_back(ambiguous ? QueryResult{} : memory_.query(query));
  }
  if (!asked) {
    trace.dropped_because = DropReason::kAmbiguous;
  } else if (united_answers(trace.results, options.max_results).empty()) {
    const bool broad = std::any_of(trace.results.begin(), trace.results.end(),
                                   [](const QueryResult& result) { return result.outcome == QueryOutcome::kTooBroad; });
    trace.dropped_because = broad ? DropReason::kTooBroad : DropReason::kEmpty;
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
    call.trace.dropped_because = DropReason::kTooBroad;
    return;
  }
  call.result = format_->read_result(call.trace.returned);
}

}  // namespace memllm
