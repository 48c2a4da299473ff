// For tests and benchmarks: the read path with everything encoded again at every step.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "call/call_format.h"
#include "call/read_grammar.h"
#include "call/read_trie.h"
#include "llm/logits.h"
#include "read/call_mixture.h"
#include "read/read_call.h"
#include "read/reader.h"
#include "read/repetition.h"

namespace memllm {

// Greedy only. base: the decoder without adapter, if the other has one.
class SlowReader {
 public:
  using Tokens = std::vector<Token>;

  SlowReader(LanguageModel& model, const CallFormat& format, Decoder& decoder, MemoryView memory, Decoder* base = nullptr)
      : model_(model), format_(format), decoder_(decoder), base_(base), memory_(std::move(memory)) {}

  std::string complete(const std::string& prompt, const ReadOptions& options) {
    Tokens before, call, after = format_.text_tokens(prompt);
    if (model_.bos() >= 0) after.insert(after.begin(), model_.bos());
    std::vector<Query> last;
    std::optional<CallMixture> mixture;
    std::string text;
    bool banned = false;
    for (std::size_t words = 0; words < options.max_new_tokens;) {
      std::vector<float> row = encode(decoder_, joined({before, call, after}));
      const auto is_text = [&](Token t) { return t == model_.eos() || (!model_.is_control(t) && !format_.is_marker(t)); };
      const bool wants = std::exp(log_probability(row, format_.open())) >= options.call_threshold && options.call_threshold > 0;
      if (!banned && (wants || best_token(row, [&](Token t) { return t == format_.open() || is_text(t); }) == format_.open())) {
        before = joined({before, after});
        after.clear();
        call = make_call(before, options, last);
        mixture.reset();
        if (!call.empty() && base_) mixture.emplace(options.result_weight);
        banned = true;
        continue;
      }
      const std::vector<float> base = base_ ? encode(*base_, joined({before, after})) : row;
      if (call.empty()) row = base;
      const double log_sum = log_sum_without_open(row), base_log_sum = log_sum_without_open(base);
      std::vector<float> next = row;
      if (mixture) mixture->next(row, log_sum, base, base_log_sum, next);
      std::vector<float> unrepeated = next;
      penalise_repetition(unrepeated, joined({before, after}), options.repetition_penalty, model_, call);
      const Token token = best_token(unrepeated, is_text);
      if (token == model_.eos()) break;
      after.push_back(token);
      if (mixture) {
        mixture->add(row[token] - log_sum, base[token] - base_log_sum);
        if (mixture->refuted()) {
          call.clear();
          ++refuted;
        }
        if (mixture->refuted() || mixture->confirmed()) mixture.reset();
      }
      text += model_.piece(token);
      banned = false;
      ++words;
    }
    return repair_utf8(text);
  }
  int kept = 0, dropped = 0, refuted = 0;

 private:
  static Tokens joined(std::initializer_list<std::span<const Token>> parts) {
    Tokens all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  static std::vector<float> encode(Decoder& decoder, const Tokens& tokens) {
    decoder.truncate(0, 0);
    const DecodeItem item{0, tokens, LogitsWanted::kLast};
    decoder.decode(std::span(&item, 1));
    const auto row = decoder.logits(0);
    return {row.begin(), row.end()};
  }

  double log_sum_without_open(std::span<const float> row) const { return log_sum_exp_without(row, format_.open(), log_sum_exp(row)); }

  Tokens make_call(const Tokens& context, const ReadOptions& options, std::vector<Query>& last) {
    const Tokens query = options.answerable_only && memory_.answerable ? known_query(context, options) : free_query(context, options);
    if (query.empty()) {
      ++dropped;
      return {};
    }
    const auto parsed = format_.parse_read(query);
    const bool repeated = parsed.queries == last && !(options.repeated_calls && options.result_weight < 1 && base_);
    last = parsed.queries;
    std::vector<QueryResult> results;
    for (const Query& asked : parsed.queries) results.push_back(is_ambiguous(asked) ? QueryResult{} : memory_.query(asked));
    const auto names = united_answers(results, options.max_results);
    if (repeated || names.empty()) {
      ++dropped;
      return {};
    }
    ++kept;
    return joined({format_.read_header(), query, format_.read_result(names)});
  }

  Tokens free_query(const Tokens& context, const ReadOptions& options) {
    ReadGrammar constraint(model_, format_, options.max_queries, options.max_call_tokens);
    Tokens query;
    while (!constraint.done()) {
      const Token token =
          best_token(encode(decoder_, joined({context, format_.read_header(), query})), [&](Token t) { return constraint.allows(t); });
      constraint.accept(token);
      query.push_back(token);
    }
    return query;
  }

  bool is_ambiguous(const Query& query) const { return memory_.is_ambiguous && memory_.is_ambiguous(query); }

  Tokens known_query(const Tokens& context, const ReadOptions& options) {
    std::vector<Query> queries = memory_.answerable(detokenize(model_, context));
    std::erase_if(queries, [this](const Query& asked) { return is_ambiguous(asked); });
    ReadTrie trie(format_, queries, std::max(options.min_queries, options.max_queries), options.max_call_tokens, options.min_queries);
    Tokens query;
    for (auto allowed = trie.allowed(); !allowed.empty(); allowed = trie.allowed()) {
      const Token token = best_token(encode(decoder_, joined({context, format_.read_header(), query})),
                                     [&](Token t) { return std::find(allowed.begin(), allowed.end(), t) != allowed.end(); });
      trie.accept(token);
      query.push_back(token);
    }
    return query;
  }

  LanguageModel& model_;
  const CallFormat& format_;
  Decoder& decoder_;
  Decoder* base_;
  MemoryView memory_;
};

}  // namespace memllm
