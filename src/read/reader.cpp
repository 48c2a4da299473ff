#include "read/reader.h"

#include <cmath>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "call/read_grammar.h"
#include "llm/logits.h"
#include "memllm/error.h"
#include "read/read_call.h"
#include "read/read_generation.h"

namespace memllm {

void check_read_options(const ReadOptions& options) {
  const auto fail = [](const char* message) { throw Error(ErrorKind::kInvalidArgument, message); };
  if (!std::isfinite(options.temperature) || options.temperature < 0) fail("temperature must be 0 (greedy) or more");
  if (!std::isfinite(options.repetition_penalty) || options.repetition_penalty < 0) fail("repetition_penalty must be 0 (none) or more");
  if (!(options.call_threshold >= 0 && options.call_threshold <= 1)) fail("call_threshold must lie between 0 and 1");
  if (!(options.result_weight > 0 && options.result_weight <= 1)) fail("result_weight must lie above 0 and not above 1");
  if (!(options.min_query_probability >= 0 && options.min_query_probability <= 1)) fail("min_query_probability must lie between 0 and 1");
  if (options.as_of) (void)parse_timestamp(*options.as_of);
  if (options.max_results < 1) fail("max_results must be at least 1");
  if (options.max_queries < 1 || options.min_queries < 1) fail("max_queries and min_queries must be at least 1");
  if (options.max_call_tokens < ReadGrammar::kMinTokens) fail("max_call_tokens must be at least 16: a shorter call holds no query");
}

struct Reader::Impl {
  Impl(std::shared_ptr<LanguageModel> model_, std::shared_ptr<const CallFormat> format_, const DecoderOptions& options_, MemoryView memory)
      : model(std::move(model_)),
        format(std::move(format_)),
        options(options_),
        calls(model, format, std::move(memory)),
        read(model->make_decoder(options)) {}

  // Made when it is first needed: without an adapter the read decoder is the base.
  Decoder* base_decoder() {
    if (options.adapter.empty()) return nullptr;
    if (!base) {
      DecoderOptions plain = options;
      plain.adapter.clear();
      base = model->make_decoder(plain);
    }
    return base.get();
  }

  std::vector<Token> prompt_tokens(const std::string& prompt) const {
    std::vector<Token> tokens;
    if (model->bos() >= 0) tokens.push_back(model->bos());
    const std::vector<Token> text = format->text_tokens(prompt);
    tokens.insert(tokens.end(), text.begin(), text.end());
    if (tokens.empty()) throw Error(ErrorKind::kInvalidArgument, "the prompt is empty: this model needs at least one word to begin with");
    if (tokens.size() >= read->max_tokens()) {
      throw Error(ErrorKind::kInvalidArgument, "the prompt has " + std::to_string(tokens.size()) + " tokens, but the context holds " +
                                                   std::to_string(read->max_tokens()) +
                                                   " for prompt and answer together: shorten the prompt or raise context_tokens");
    }
    return tokens;
  }

  Completion complete(const std::string& prompt, const ReadOptions& read_options, FirstCall first, const StopRule& rule,
                      std::stop_token stop, const std::optional<ReadGeneration::Given>& given) {
    check_read_options(read_options);
    const ReadGeneration::Parts parts{*model, *format, calls, *read, base_decoder()};
    ReadGeneration generation(parts, read_options, first, rule, std::move(stop), prompt_tokens(prompt));
    return generation.run(given);
  }

  std::shared_ptr<LanguageModel> model;
  std::shared_ptr<const CallFormat> format;
  DecoderOptions options;
  ReadCallMaker calls;
  std::unique_ptr<Decoder> read;
  std::unique_ptr<Decoder> base;
};

Reader::Reader(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const DecoderOptions& decoder,
               MemoryView memory)
    : impl_(std::make_shared<Impl>(std::move(model), std::move(format), decoder, std::move(memory))) {}

std::vector<Token> Reader::prompt_tokens(const std::string& prompt) const { return impl_->prompt_tokens(prompt); }

Completion Reader::complete(const std::string& prompt, const ReadOptions& options, FirstCall first, const StopRule& rule,
                            std::stop_token stop) {
  return impl_->complete(prompt, options, first, rule, std::move(stop), std::nullopt);
}

Completion Reader::complete_with(const std::string& prompt, const std::vector<Query>& queries, const std::vector<QueryResult>& results,
                                 const ReadOptions& options, const StopRule& rule, std::stop_token stop) {
  return impl_->complete(prompt, options, FirstCall::kFree, rule, std::move(stop), ReadGeneration::Given{queries, results});
}

bool Reader::has_room_for_call(std::size_t context_tokens) const {
  return context_tokens + impl_->calls.header_tokens() + 2 * ReadGrammar::kMinTokens <= impl_->read->max_tokens();
}

CallTrace Reader::call(std::span<const Token> context, const ReadOptions& options, const std::stop_token& stop) {
  check_read_options(options);
  Decoder& decoder = *impl_->read;
  const std::size_t used = context.size() + impl_->calls.header_tokens();
  if (context.empty() || !has_room_for_call(context.size())) {
    throw Error(ErrorKind::kInvalidArgument, "a context of " + std::to_string(context.size()) +
                                                 " tokens leaves no room for a call: the model's context holds " +
                                                 std::to_string(decoder.max_tokens()) + "; it must hold at least one token");
  }
  decode_with_prefix_reuse(decoder, 0, context);
  const double probability = std::exp(log_probability(decoder.logits(0), impl_->format->open()));
  const std::size_t room = decoder.max_tokens() - used;
  const std::size_t query_tokens = std::min(options.max_call_tokens, room / 2);
  ReadCall call = impl_->calls.make(decoder, options, {query_tokens, room - query_tokens}, {}, stop);
  // Nothing of the call is there when nothing could be asked.
  std::vector<Token> rest;
  if (!call.tokens.empty())
    rest.assign(call.tokens.begin() + static_cast<std::ptrdiff_t>(decoder.tokens(0).size() - context.size()), call.tokens.end());
  rest.insert(rest.end(), call.result.begin(), call.result.end());
  if (!rest.empty()) {
    const DecodeItem item{0, rest, LogitsWanted::kLast};
    decoder.decode(std::span(&item, 1));
  }
  call.trace.call_probability = probability;
  return std::move(call.trace);
}

Decoder& Reader::decoder() { return *impl_->read; }

}  // namespace memllm
