// Prompt → calls → facts → text (paper §4, read).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"
#include "memllm/completion.h"
#include "memllm/options.h"

namespace memllm {

using QueryFunction = std::function<QueryResult(const Query&)>;

// What a reader needs of a memory.
struct MemoryView {
  QueryFunction query;
  // The queries that it can answer about what the text mentions. Empty function: not known, and the model may ask anything.
  std::function<std::vector<Query>(const std::string& text)> answerable;

  // Queries that nobody should ask: as if they had no answer. Empty function: there are none.
  std::function<bool(const Query&)> is_ambiguous;

  explicit operator bool() const { return static_cast<bool>(query); }
};

// Where generation ends before its limits and the end of text.
struct StopRule {
  std::vector<std::string> strings;                     // before the first of them; empty ones are ignored
  std::function<bool(const std::string& text)> enough;  // asked after every token, of all the text; empty: never
};

// Throws kInvalidArgument, naming the option.
void check_read_options(const ReadOptions& options);

// Thread rule: one thread. Owns a Decoder under the read adapter and one without (used as long as no call has a hit: then the text equals
// the base model's, calls' markers left out; and with a hit until the text has decided for or against the result). Cost: a text token
// written without a hit in the context is decoded twice, once by the base model for the text and once under the adapter, which only
// decides whether to call; with a hit that the text follows, or without an adapter, once.
class Reader {
 public:
  Reader(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const DecoderOptions& decoder, MemoryView memory);

  // BOS, if the model has one, and the prompt's text. Throws kInvalidArgument for nothing at all, or more than the context holds.
  std::vector<Token> prompt_tokens(const std::string& prompt) const;

  // kForced: "({" is placed directly after the prompt. kNever: no call at all, the base model's own text.
  enum class FirstCall { kFree, kForced, kNever };
  Completion complete(const std::string& prompt, const ReadOptions& options, FirstCall first = FirstCall::kFree, const StopRule& rule = {},
                      std::stop_token stop = {});

  // Continues the prompt as if the model had asked these queries there and the memory had given these results. Calls are free after that.
  // REQUIRES: at least one query; one result a query, one of them found. Results that do not fit the context: as a dropped call.
  Completion complete_with(const std::string& prompt, const std::vector<Query>& queries, const std::vector<QueryResult>& results,
                           const ReadOptions& options, const StopRule& rule = {}, std::stop_token stop = {});

  // Lower level: generates the query of one call after context (which ends where "({" would stand) and runs it. The decoder's sequence 0
  // holds context + call (+ result, if any) afterwards. context is used as it is: BOS is the caller's. Throws kInvalidArgument where there
  // is no room, kCancelled.
  CallTrace call(std::span<const Token> context, const ReadOptions& options, const std::stop_token& stop = {});
  // Whether a context of so many tokens leaves room for a call.
  bool has_room_for_call(std::size_t context_tokens) const;
  Decoder& decoder();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace memllm
