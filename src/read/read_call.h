// One read call: its query generated, parsed, judged and run (paper §4).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "call/read_trie.h"
#include "llm/language_model.h"
#include "memllm/completion.h"
#include "memllm/options.h"
#include "read/reader.h"

namespace memllm {

struct ReadCall {
  // Header and query, arrow last; empty: there was nothing to ask. The decoder lacks the last token or a few more: the caller appends them
  // together with the result, or drops the call.
  std::vector<Token> tokens;
  std::vector<Token> result;  // names and closing marker; empty: the call is to be dropped (trace.dropped_because)
  CallTrace trace;            // without call_probability and text_span
};

struct ReadCallLimits {
  std::size_t query_tokens = 0;   // after the header, arrow included
  std::size_t result_tokens = 0;  // names that do not fit are not shown
};

// Calls are decoded greedily at every temperature: a sampled query is a worse query, not a more varied text. Thread rule: one thread.
class ReadCallMaker {
 public:
  ReadCallMaker(std::shared_ptr<const LanguageModel> model, std::shared_ptr<const CallFormat> format, MemoryView memory);

  // Appends a call to the decoder's sequence 0, which holds plain text. refused: queries (of the last call) that are not to be asked
  // once more; empty: none. Throws kCancelled; the decoder then holds a part of the call.
  ReadCall make(Decoder& decoder, const ReadOptions& options, const ReadCallLimits& limits, std::span<const Query> refused,
                std::stop_token stop) const;
  // A call with queries and results that are known. The decoder is not touched; only tokens, result and trace are made.
  ReadCall given(std::vector<Query> queries, std::vector<QueryResult> results, const ReadOptions& options,
                 const ReadCallLimits& limits) const;
  std::size_t header_tokens() const { return header_.size(); }

 private:
  struct Generated {
    std::vector<Token> query;
    double log_probability = 0;
  };
  // Queries that may be asked; nullopt: any.
  std::optional<std::vector<Query>> may_ask(const Decoder& decoder, const ReadOptions& options) const;
  Generated generate(Decoder& decoder, const ReadOptions& options, std::size_t max_tokens, const std::stop_token& stop) const;
  Generated generate_known(Decoder& decoder, ReadTrie trie, const std::stop_token& stop) const;
  bool is_ambiguous(const Query& query) const { return memory_.is_ambiguous && memory_.is_ambiguous(query); }
  void run(ReadCall& call, const ReadOptions& options, std::span<const Query> refused) const;
  void show_results(ReadCall& call, const ReadOptions& options, std::size_t max_tokens) const;

  std::shared_ptr<const LanguageModel> model_;
  std::shared_ptr<const CallFormat> format_;
  MemoryView memory_;
  std::vector<Token> header_;
};

// The answers of all results in order, none twice (as normalised names), at most max_results. Results that are too broad give none.
std::vector<std::string> united_answers(std::span<const QueryResult> results, int max_results);

}  // namespace memllm
