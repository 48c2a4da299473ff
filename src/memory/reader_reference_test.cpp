// The Reader against a slow reference that encodes everything again at every step.
#include <gtest/gtest.h>

#include <cmath>

#include "base/text.h"
#include "llm/logits.h"
#include "memory/query_constraint.h"
#include "memory/read_call.h"
#include "memory/reader.h"
#include "memory/test_models.h"

namespace memllm {
namespace {

using Tokens = std::vector<Token>;

Tokens joined(std::initializer_list<std::span<const Token>> parts) {
  Tokens all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Some queries are found, some not, by the hash of their words.
QueryResult hashed_memory(const Query& query) {
  const std::string hash = content_hash(query.relation + (query.subject ? *query.subject : *query.object));
  QueryResult result;
  if (hash[0] < '5') return result;
  result.outcome = hash[0] < '7' ? QueryOutcome::kTooBroad : QueryOutcome::kFound;
  for (int i = 0; i < hash[1] % 3 + 1; ++i) {
    result.matches.emplace_back();
    result.matches.back().answer = i == 0 ? "Ada Lovelace" : "Paris " + std::to_string(i);
  }
  return result;
}

class SlowReader {
 public:
  SlowReader(LanguageModel& model, const CallFormat& format, Decoder& decoder) : model_(model), format_(format), decoder_(decoder) {}

  std::string complete(const std::string& prompt, const ReadOptions& options) {
    Tokens before, call, after = format_.text_tokens(prompt);
    if (model_.bos() >= 0) after.insert(after.begin(), model_.bos());
    std::vector<Query> last;
    std::string text;
    bool banned = false;
    for (std::size_t words = 0; words < options.max_new_tokens;) {
      std::vector<float> row = encode(joined({before, call, after}));
      const auto is_text = [&](Token t) { return t == model_.eos() || (!model_.is_control(t) && !format_.is_marker(t)); };
      const bool wants = std::exp(log_probability(row, format_.open())) >= options.call_threshold && options.call_threshold > 0;
      if (!banned && (wants || best_token(row, [&](Token t) { return t == format_.open() || is_text(t); }) == format_.open())) {
        before = joined({before, after});
        after.clear();
        call = make_call(before, options, last);
        banned = true;
        continue;
      }
      const Token token = best_token(row, is_text);
      if (token == model_.eos()) break;
      after.push_back(token);
      text += model_.piece(token);
      banned = false;
      ++words;
    }
    return repair_utf8(text);
  }
  int kept = 0, dropped = 0;

 private:
  std::vector<float> encode(const Tokens& tokens) {
    decoder_.truncate(0, 0);
    const DecodeItem item{0, tokens, LogitsWanted::kLast};
    decoder_.decode(std::span(&item, 1));
    const auto row = decoder_.logits(0);
    return {row.begin(), row.end()};
  }

  Tokens make_call(const Tokens& context, const ReadOptions& options, std::vector<Query>& last) {
    QueryConstraint constraint(model_, format_, options.max_queries, options.max_call_tokens);
    Tokens query;
    while (!constraint.done()) {
      const Tokens header = format_.read_header();
      const Token token = best_token(encode(joined({context, header, query})), [&](Token t) { return constraint.allows(t); });
      constraint.accept(token);
      query.push_back(token);
    }
    const auto parsed = format_.parse_read(query);
    const bool repeated = parsed.queries == last;
    last = parsed.queries;
    std::vector<QueryResult> results;
    for (const Query& asked : parsed.queries) results.push_back(is_ambiguous(asked) ? QueryResult{} : hashed_memory(asked));
    const auto names = united_answers(results, options.max_results);
    if (repeated || names.empty()) {
      ++dropped;
      return {};
    }
    ++kept;
    return joined({format_.read_header(), query, format_.read_result(names)});
  }

  LanguageModel& model_;
  const CallFormat& format_;
  Decoder& decoder_;
};

void expect_equal_to_reference(const std::shared_ptr<LanguageModel>& model, const std::vector<std::string>& prompts,
                               const ReadOptions& options) {
  const auto format = std::make_shared<const CallFormat>(model, ModelOptions{});
  const DecoderOptions decoder{{}, 1, 1'024};
  Reader reader(model, format, decoder, hashed_memory);
  const auto slow_decoder = model->make_decoder(decoder);
  SlowReader slow(*model, *format, *slow_decoder);
  for (const std::string& prompt : prompts) {
    const Completion completion = reader.complete(prompt, options);
    EXPECT_EQ(completion.text, slow.complete(prompt, options)) << prompt;
  }
  EXPECT_GT(slow.kept, 0);
  EXPECT_GT(slow.dropped, 0);
}

TEST(ReaderReference, CacheReuseChangesNothingForAScriptedModel) {
  static const std::vector<std::string> words = {" a", " b", "({", ">>", ";", ")", "-->", "})", " Paris", "."};
  const auto model = std::make_shared<ScriptedModel>([](const std::string&, const std::string& text) {
    const std::string hash = content_hash(text);
    std::vector<std::string> next;
    for (std::size_t i = 0; i < 4; ++i) next.push_back(words[static_cast<unsigned char>(hash[i * 3] * 7 + hash[i * 3 + 1]) % words.size()]);
    return next;
  });
  std::vector<std::string> prompts;
  for (int i = 0; i < 40; ++i) prompts.push_back("prompt number " + std::to_string(i));
  expect_equal_to_reference(model, prompts, {});
}

TEST(ReaderReference, CacheReuseChangesNothingForTheRealModel) {
  const auto model = model_of_environment();
  if (!model) GTEST_SKIP() << "set MEMLLM_MODEL to a GGUF file";
  ReadOptions options;
  options.max_new_tokens = 4;
  options.max_call_tokens = 16;
  options.max_queries = 1;
  options.call_threshold = 1e-30;  // a base model hardly ever calls by itself
  expect_equal_to_reference(model, {"Marie Curie was born in Warsaw in"}, options);
}

}  // namespace
}  // namespace memllm
