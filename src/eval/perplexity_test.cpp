#include "eval/perplexity.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "eval/perplexity_json.h"
#include "eval/text_tokens.h"
#include "eval/token_losses.h"
#include "examples/example_builder.h"
#include "llm/logits.h"
#include "memllm/error.h"
#include "testing/english.h"
#include "testing/scripted_model.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

using test::norvane;

// What the scripted model asks where it calls: by the end of the plain text before the call.
struct ScriptedQuery {
  std::string_view text_end, query;
};
constexpr std::array<ScriptedQuery, 3> kQueries = {
    {{"founded", ">>founder>>Ada Quill)-->"}, {" in", "Norvane>>narrative location>>)-->"}, {"with", "Norvane>>chairperson>>)-->"}}};

// The model: within a call it writes the call's query; in text it prefers a call after "founded" and " in", and words that depend on
// the text so far, so that every context has losses of its own.
std::vector<std::string> script(const std::string&, const std::string& text) {
  const auto call = text.rfind("({MEM_READ(");
  if (call != std::string::npos && text.find("-->", call) == std::string::npos) {
    const std::string before = text.substr(0, call), written = text.substr(call + 11);
    for (const auto& [end, query] : kQueries) {
      if (before.ends_with(end) && query.starts_with(written)) return {std::string(query.substr(written.size()))};
    }
    const std::string query = "Quill>>owner>>)-->";
    return {query.starts_with(written) ? query.substr(written.size()) : ")"};
  }
  std::vector<std::string> words = {" Norvane", " in", " Tessel", ".", " Bo", " Marsh", " led"};
  std::rotate(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(std::hash<std::string>{}(text) % words.size()), words.end());
  words.insert(text.ends_with("founded") || text.ends_with(" in") ? words.begin() : words.begin() + 3, "({");
  const auto result = text.rfind("-->");
  if (result != std::string::npos && text.ends_with("})"))
    words.insert(words.begin(), " " + text.substr(result + 3, text.size() - result - 5));
  return words;
}

ReadExampleOptions asked_in_english() {
  ReadExampleOptions options;
  options.relations = &english()->relations;
  return options;
}

struct Fixture {
  std::shared_ptr<ScriptedModel> model = std::make_shared<ScriptedModel>(script);
  std::shared_ptr<const CallFormat> format = std::make_shared<CallFormat>(model, ModelOptions{});
  DocRedDocument document = norvane();
  std::vector<ReadPoint> points = read_points(document, {}, asked_in_english());
  std::vector<std::size_t> cuts = [this] {
    std::vector<std::size_t> result;
    for (const ReadPoint& point : points) result.push_back(point.text_offset);
    return result;
  }();
  TextTokens text{*model, *format, document.to_document().text, cuts};

  PerplexityParts parts(DocumentMemory memory) const { return {model, format, english(), DecoderOptions{}, std::move(memory)}; }
  PerplexityResult evaluate(const PerplexityOptions& options, DocumentMemory memory) const {
    return evaluate_perplexity(parts(std::move(memory)), std::span(&document, 1), options);
  }

  std::vector<Token> plain(std::size_t count) const {
    std::vector<Token> tokens{model->bos()};
    tokens.insert(tokens.end(), text.tokens().begin(), text.tokens().begin() + static_cast<std::ptrdiff_t>(count));
    return tokens;
  }

  // -log p(token | context), in a fresh decoder.
  double loss(const std::vector<Token>& context, Token token, bool without_open) const {
    const auto decoder = model->make_decoder({});
    decode_with_prefix_reuse(*decoder, 0, context);
    const auto row = decoder->logits(0);
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!without_open || static_cast<Token>(i) != format->open()) sum += std::exp(static_cast<double>(row[i]));
    }
    return -(row[token] - std::log(sum));
  }

  // Losses of the tokens [begin, end) of the text after context + call.
  std::vector<double> losses(std::size_t begin, std::size_t end, const std::vector<Token>& call, bool without_open) const {
    std::vector<double> result;
    std::vector<Token> context = plain(begin);
    context.insert(context.end(), call.begin(), call.end());
    for (std::size_t i = begin; i < end; ++i) {
      result.push_back(loss(context, text.tokens()[i], without_open));
      context.push_back(text.tokens()[i]);
    }
    return result;
  }

  std::vector<Token> call_tokens(const std::vector<Query>& queries, const std::vector<std::string>& names) const {
    std::vector<Token> tokens = format->read_header();
    for (const auto& part : {format->read_query(queries), format->read_result(names)})
      tokens.insert(tokens.end(), part.begin(), part.end());
    return tokens;
  }
};

double total(const std::vector<double>& losses) {
  double sum = 0;
  for (const double loss : losses) sum += loss;
  return sum;
}

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

// Losses under the mixture of the two, by its definition on the whole text. Once one of the two has less than undecided of the weight, the
// other's losses are taken.
std::vector<double> weighed(const std::vector<double>& with_call, const std::vector<double>& without_call, double undecided) {
  double with_text = ReadOptions{}.result_weight, without_text = 1 - with_text, before = 1;  // probabilities of the text so far, weighted
  std::vector<double> losses;
  for (std::size_t i = 0; i < with_call.size(); ++i) {
    if (std::min(with_text, without_text) / before < undecided) {
      losses.push_back(with_text > without_text ? with_call[i] : without_call[i]);
      continue;
    }
    with_text *= std::exp(-with_call[i]);
    without_text *= std::exp(-without_call[i]);
    losses.push_back(-std::log((with_text + without_text) / before));
    before = with_text + without_text;
  }
  return losses;
}

// Gold answers at every point, with the given decision, by the definition and one token at a time.
std::vector<double> reference(const Fixture& fixture, CallDecision decision, double& open_loss) {
  const bool given = decision == CallDecision::kGiven || decision == CallDecision::kWeigh;
  const auto first = fixture.text.piece(0);
  std::vector<double> losses = fixture.losses(first.begin, first.end, {}, given);
  double open = std::exp(-fixture.loss(fixture.plain(first.end), fixture.format->open(), false));
  for (std::size_t i = 0; i < fixture.points.size(); ++i) {
    const auto piece = fixture.text.piece(i + 1);
    const auto call = fixture.call_tokens(fixture.points[i].queries, {fixture.points[i].target.name});
    auto with_call = fixture.losses(piece.begin, piece.end, call, given);
    open_loss -= std::log(open);
    std::vector<Token> end = fixture.plain(piece.begin);
    end.insert(end.end(), call.begin(), call.end());
    end.insert(end.end(), fixture.text.tokens().begin() + static_cast<std::ptrdiff_t>(piece.begin),
               fixture.text.tokens().begin() + static_cast<std::ptrdiff_t>(piece.end));
    double next_open = std::exp(-fixture.loss(end, fixture.format->open(), false));
    if (decision == CallDecision::kBranch) {
      auto without = fixture.losses(piece.begin, piece.end, {}, false);
      without[0] = fixture.loss(fixture.plain(piece.begin), fixture.text.tokens()[piece.begin], true);
      for (std::size_t j = 0; j < with_call.size(); ++j) {
        with_call[j] = -std::log(open * std::exp(-with_call[j]) + (1 - open) * std::exp(-without[j]));
      }
      const double plain_open = std::exp(-fixture.loss(fixture.plain(piece.end), fixture.format->open(), false));
      next_open = open * next_open + (1 - open) * plain_open;
    }
    if (decision == CallDecision::kWeigh) with_call = weighed(with_call, fixture.losses(piece.begin, piece.end, {}, true), 0);
    append(losses, with_call);
    open = next_open;
  }
  return losses;
}

// Mean over the spans of the mean of their tokens' losses.
MeanLoss span_means(const Fixture& fixture, const std::vector<double>& losses) {
  MeanLoss result;
  for (const ReadPoint& point : fixture.points) {
    const TokenRange range = fixture.text.range(point.target_span);
    double sum = 0;
    for (std::size_t i = range.begin; i < range.end; ++i) sum += losses[i];
    result.add(sum / static_cast<double>(range.size()));
  }
  return result;
}

TEST(TextTokens, RangesHoldExactlyTheSpansWords) {
  const Fixture fixture;
  const std::string text = fixture.document.to_document().text;
  EXPECT_EQ(detokenize(*fixture.model, fixture.text.tokens()), text);
  for (const auto& entity : fixture.document.entities) {
    for (const DocRedMention& mention : entity) {
      const TokenRange range = fixture.text.range(fixture.document.mention_span(mention));
      std::string found = detokenize(*fixture.model, std::span(fixture.text.tokens()).subspan(range.begin, range.size()));
      if (found.starts_with(' ')) found.erase(0, 1);
      EXPECT_EQ(found, mention.name);
    }
  }
  ASSERT_EQ(fixture.text.pieces(), fixture.points.size() + 1);
  EXPECT_EQ(fixture.text.piece(fixture.points.size()).end, fixture.text.tokens().size());
}

TEST(TokenLosses, AreTheSameInChunksAndOneByOne) {
  const Fixture fixture;
  const auto decoder = fixture.model->make_decoder({});
  std::vector<Token> tokens;
  while (tokens.size() < 3 * TokenLosses::kChunk + 5)
    tokens.insert(tokens.end(), fixture.text.tokens().begin(), fixture.text.tokens().end());
  TokenLosses whole(*decoder, fixture.format->open());
  whole.set_context(fixture.plain(0));
  const auto losses = whole.measure(tokens);
  ASSERT_EQ(losses.size(), tokens.size());
  const auto other = fixture.model->make_decoder({});
  TokenLosses single(*other, fixture.format->open());
  single.set_context(fixture.plain(0));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto one = single.measure(std::span(tokens).subspan(i, 1));
    EXPECT_DOUBLE_EQ(one[0].loss, losses[i].loss);
    EXPECT_DOUBLE_EQ(one[0].open_log_probability, losses[i].open_log_probability);
  }
  EXPECT_NEAR(std::exp(-losses[0].loss_without_open) * (1 - std::exp(losses[0].open_log_probability)), std::exp(-losses[0].loss), 1e-9);
}

TEST(Perplexity, MemoryOffLeavesTheMarkerOutOfTheSoftmax) {
  const Fixture fixture;
  const auto expected = fixture.losses(0, fixture.text.tokens().size(), {}, true);
  const PerplexityResult result = fixture.evaluate({}, {});
  EXPECT_EQ(result.of(CallDecision::kBranch).overall.count, fixture.text.tokens().size());
  EXPECT_NEAR(result.of(CallDecision::kBranch).overall.sum, total(expected), 1e-4);
  EXPECT_EQ(result.of(CallDecision::kBranch).target.count, fixture.points.size());
  EXPECT_NEAR(result.of(CallDecision::kBranch).target.sum, span_means(fixture, expected).sum, 1e-4);
  EXPECT_EQ(result.of(CallDecision::kBranch).entity.count, 8U);
  EXPECT_EQ(result.calls, 0U);
}

TEST(Perplexity, GoldAnswersAgreeWithTheDefinitionForEveryDecision) {
  const Fixture fixture;
  PerplexityOptions options;
  options.query = QuerySource::kGoldAnswer;
  const PerplexityResult result = fixture.evaluate(options, gold_memory());
  for (const CallDecision decision : kCallDecisions) {
    double open_loss = 0;
    const auto expected = reference(fixture, decision, open_loss);
    const double extra = decision == CallDecision::kOwn ? open_loss : 0;
    EXPECT_NEAR(result.of(decision).overall.sum, total(expected) + extra, 1e-4) << static_cast<int>(decision);
    EXPECT_EQ(result.of(decision).overall.count, fixture.text.tokens().size());
    EXPECT_NEAR(result.of(decision).target.sum, span_means(fixture, expected).sum, 1e-4) << static_cast<int>(decision);
    EXPECT_EQ(result.kept, fixture.points.size());
    EXPECT_EQ(result.with_target, fixture.points.size());
    EXPECT_EQ(result.with_gold_query, fixture.points.size());
    ASSERT_EQ(result.outcomes.size(), fixture.points.size());
    const auto off = fixture.losses(0, fixture.text.tokens().size(), {}, true);
    double without = 0;
    for (const PointOutcome& outcome : result.outcomes) {
      EXPECT_TRUE(outcome.kept && outcome.with_target && outcome.with_gold_query);
      without += outcome.loss_without;
    }
    EXPECT_NEAR(without, span_means(fixture, off).sum, 1e-4);
    if (decision != CallDecision::kWeigh) continue;
    double mixed = 0;
    for (const PointOutcome& outcome : result.outcomes) mixed += outcome.loss_weighed;
    EXPECT_NEAR(mixed, span_means(fixture, expected).sum, 1e-4);
  }
}

TEST(Perplexity, OwnQueriesAreCountedAndEmptyOnesLeaveTheTextWithoutACall) {
  const Fixture fixture;
  PerplexityOptions options;
  options.decision = CallDecision::kGiven;
  const PerplexityResult result = fixture.evaluate(options, gold_memory());
  // Norvane, Tessel ("founded", " in") and Bo Marsh ("with") are asked for rightly; at Oru (" in") the model asks for Norvane's location:
  // Tessel.
  EXPECT_EQ(result.points, 4U);
  EXPECT_EQ(result.calls, 4U);
  EXPECT_EQ(result.calls_at_points, 4U);
  EXPECT_EQ(result.kept, 4U);
  EXPECT_EQ(result.with_target, 3U);
  EXPECT_EQ(result.with_gold_query, 3U);

  const DocumentMemory nothing = [](const DocRedDocument&) { return MemoryView{[](const Query&) { return QueryResult{}; }, {}, {}}; };
  const PerplexityResult empty = fixture.evaluate(options, nothing);
  EXPECT_EQ(empty.empty, 4U);
  EXPECT_EQ(empty.kept, 0U);
  EXPECT_NEAR(empty.of(options.decision).overall.sum, fixture.evaluate({}, {}).of(options.decision).overall.sum, 1e-4);
}

TEST(Perplexity, GoldQueriesReadTheMemory) {
  const Fixture fixture;
  PerplexityOptions options;
  options.query = QuerySource::kGold;
  options.decision = CallDecision::kGiven;
  const PerplexityResult result = fixture.evaluate(options, gold_memory());
  EXPECT_EQ(result.with_target, 4U);
  EXPECT_LT(result.of(options.decision).target.perplexity(), fixture.evaluate({}, {}).of(options.decision).target.perplexity());
  DocumentMemoryOptions forgetful;
  forgetful.drop = 1;
  EXPECT_EQ(fixture.evaluate(options, gold_memory(forgetful)).empty, 4U);
}

TEST(Perplexity, FreeReadingCallsWhereTheModelWantsTo) {
  const Fixture fixture;
  PerplexityOptions options;
  options.protocol = ReadProtocol::kFree;
  options.decision = CallDecision::kBranch;
  const PerplexityResult result = fixture.evaluate(options, gold_memory());
  options.decision = CallDecision::kWeigh;
  EXPECT_EQ(fixture.evaluate(options, gold_memory()).kept, 3U);
  options.read.repeated_calls = false;
  const PerplexityResult mixed = fixture.evaluate(options, gold_memory());
  // After "founded" and both " in"; the query after the second " in" repeats the one before and is refused.
  EXPECT_EQ(result.calls, 3U);
  EXPECT_EQ(result.kept, 2U);
  EXPECT_EQ(result.empty, 1U);
  EXPECT_EQ(result.calls_at_points, 3U);
  EXPECT_EQ(result.with_target, 2U);
  // By the definition: the text with one call at a time, from where it is made to the next.
  const auto size = fixture.text.tokens().size();
  const std::size_t first = fixture.text.piece(1).begin, second = fixture.text.piece(2).begin, third = fixture.text.piece(4).begin;
  const auto one = fixture.losses(first, second, fixture.call_tokens({{std::nullopt, "founder", "Ada Quill"}}, {"Norvane"}), true);
  const auto two = fixture.losses(second, third, fixture.call_tokens({{"Norvane", "narrative location", std::nullopt}}, {"Tessel"}), true);
  const double outside = total(fixture.losses(0, first, {}, true)) + total(fixture.losses(third, size, {}, true));
  EXPECT_NEAR(result.of(CallDecision::kBranch).overall.sum, outside + total(one) + total(two), 1e-4);
  // Calls may begin at every token but directly after one.
  EXPECT_EQ(result.decisions.count, size);
  double decisions = 0;
  for (std::size_t i = 0; i < first; ++i)
    decisions +=
        fixture.loss(fixture.plain(i), fixture.text.tokens()[i], false) - fixture.loss(fixture.plain(i), fixture.text.tokens()[i], true);
  EXPECT_GT(result.decisions.sum, decisions);
  EXPECT_EQ(result.queries.count, 3U);
  EXPECT_GT(result.queries.sum, 0);
  EXPECT_EQ(mixed.kept, 2U);
  EXPECT_NEAR(mixed.of(options.decision).overall.sum,
              outside + total(weighed(one, fixture.losses(first, second, {}, true), 0.01)) +
                  total(weighed(two, fixture.losses(second, third, {}, true), 0.01)),
              1e-4);
}

TEST(Perplexity, FreeReadingWithoutAWishIsMemoryOff) {
  Fixture fixture;
  fixture.model = std::make_shared<ScriptedModel>([](const std::string&, const std::string&) {
    return std::vector<std::string>{" Norvane", " in", "({", " Tessel"};
  });
  fixture.format = std::make_shared<CallFormat>(fixture.model, ModelOptions{});
  PerplexityOptions options;
  options.protocol = ReadProtocol::kFree;
  const PerplexityResult free = fixture.evaluate(options, gold_memory());
  EXPECT_EQ(free.calls, 0U);
  EXPECT_NEAR(free.of(options.decision).overall.sum, fixture.evaluate({}, {}).of(options.decision).overall.sum, 1e-4);
  options.read.call_threshold = 1e-9;  // now at every token but those directly after a call
  EXPECT_GT(fixture.evaluate(options, gold_memory()).calls, fixture.text.tokens().size() / 3);
}

TEST(Perplexity, SentencesOfABaselineStandBeforeTheTextOfEachPoint) {
  const Fixture fixture;
  PerplexityParts parts = fixture.parts({});
  parts.context = [](const DocRedDocument&, const ReadPoint& point) {
    return std::vector<std::string>{"Best of " + point.target.name + " .", "Second ."};
  };
  const PerplexityResult result = evaluate_perplexity(parts, std::span(&fixture.document, 1));
  const auto losses_after = [&](const std::string& before, TokenRange range) {
    std::vector<Token> context = {fixture.model->bos()};
    for (const Token token : fixture.format->text_tokens(before)) context.push_back(token);
    context.insert(context.end(), fixture.text.tokens().begin(), fixture.text.tokens().begin() + static_cast<std::ptrdiff_t>(range.begin));
    double sum = 0;
    for (std::size_t i = range.begin; i < range.end; ++i) {
      sum += fixture.loss(context, fixture.text.tokens()[i], true);
      context.push_back(fixture.text.tokens()[i]);
    }
    return sum;
  };
  double expected = losses_after("", fixture.text.piece(0));
  for (std::size_t point = 0; point < fixture.points.size(); ++point) {
    expected += losses_after("Second .\nBest of " + fixture.points[point].target.name + " .\n", fixture.text.piece(point + 1));
  }
  EXPECT_NEAR(result.of(CallDecision::kBranch).overall.sum, expected, 1e-4);
  EXPECT_EQ(result.of(CallDecision::kBranch).overall.count, fixture.text.tokens().size());
  EXPECT_EQ(result.of(CallDecision::kBranch).target.count, fixture.points.size());
}

TEST(Perplexity, DocumentsThatDoNotFitAreSkipped) {
  const Fixture fixture;
  PerplexityParts parts = fixture.parts({});
  parts.decoder.max_tokens = 10;
  const PerplexityResult result = evaluate_perplexity(parts, std::span(&fixture.document, 1));
  EXPECT_EQ(result.skipped, 1U);
  EXPECT_EQ(result.documents, 0U);
  EXPECT_EQ(result.of(CallDecision::kBranch).overall.perplexity(), 0);
}

TEST(Perplexity, KnownResultsAreAddedAndNotMeasured) {
  const Fixture fixture;
  const std::vector<DocRedDocument> documents{fixture.document, fixture.document};
  std::map<std::size_t, PerplexityResult> measured;
  PerplexityOptions options;
  options.on_document = [&](std::size_t i, const PerplexityResult& result) { measured[i] = result; };
  const PerplexityResult whole = evaluate_perplexity(fixture.parts(gold_memory()), documents, options);
  ASSERT_EQ(measured.size(), 2U);
  for (auto& [i, result] : measured) result = perplexity_of_json(perplexity_json(result));
  options.known = {{0, measured[0]}};
  measured.clear();
  const PerplexityResult rest = evaluate_perplexity(fixture.parts(gold_memory()), documents, options);
  EXPECT_EQ(measured.size(), 1U);
  EXPECT_EQ(perplexity_json(rest), perplexity_json(whole));
  EXPECT_THROW((void)perplexity_of_json({{"overall", 1}}), Error);
}

TEST(Perplexity, CancellingThrows) {
  const Fixture fixture;
  std::stop_source source;
  source.request_stop();
  PerplexityOptions options;
  options.stop = source.get_token();
  EXPECT_THROW((void)fixture.evaluate(options, {}), Error);
}

}  // namespace
}  // namespace memllm
