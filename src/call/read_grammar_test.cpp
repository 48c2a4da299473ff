#include "call/read_grammar.h"

#include <gtest/gtest.h>

#include <random>

#include "testing/test_models.h"

namespace memllm {
namespace {

bool accepts(const LanguageModel& model, const CallFormat& format, const std::vector<Token>& tokens, int max_queries = 3,
             std::size_t max_tokens = 128) {
  ReadGrammar constraint(model, format, max_queries, max_tokens);
  for (const Token token : tokens) {
    if (!constraint.allows(token)) return false;
    constraint.accept(token);
  }
  return constraint.done();
}

TEST(ReadGrammar, AcceptsWhatTheFormatWrites) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    const std::vector<Query> queries = {{"Acme Inc. (US)", "founded by", std::nullopt},
                                        {std::nullopt, "place of birth", "Paris (Texas)"},
                                        {"\u00c5ngstr\u00f6m; a >> b", "date of birth", std::nullopt}};
    for (std::size_t count = 1; count <= queries.size(); ++count) {
      EXPECT_TRUE(accepts(*model, format, format.read_query(std::span(queries).first(count))));
    }
    EXPECT_FALSE(accepts(*model, format, format.read_query(queries), 2));
  }
}

TEST(ReadGrammar, RefusesWhatIsNoQuery) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    const Token field = format.field();
    const Token arrow = format.arrow();
    const Token item = format.item();
    const Token name = format.name_tokens("x").front();
    const Token end = format.text_tokens(")").front();
    const std::vector<std::vector<Token>> wrong = {
        {},
        {end, arrow},
        {name, arrow},
        {name, field, field, end, arrow},              // no relation
        {field, name, field, end, arrow},              // neither side
        {name, field, name, field, name, end, arrow},  // both sides
        {name, field, name, field, arrow},             // no ")"
        {name, field, name, field, item, end, arrow},  // an empty second query
        {name, field, name, field, end, name, arrow},
        {format.open()},
        {name, format.close()},
        {item},
    };
    for (const auto& tokens : wrong) EXPECT_FALSE(accepts(*model, format, tokens));
  }
}

// Whatever the model prefers, the outcome parses, and is no longer than allowed.
TEST(ReadGrammar, EveryWalkEndsInAWellFormedQueryWithinItsLimits) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    std::vector<Token> tokens = {format.field(), format.item(), format.arrow(), format.open(), format.close(), model->eos()};
    for (const Token token : format.text_tokens(") a b Paris\n.()")) tokens.push_back(token);
    std::mt19937 random(3);
    for (int round = 0; round < 500; ++round) {
      const int max_queries = 1 + static_cast<int>(random() % 3);
      const std::size_t max_tokens = ReadGrammar::kMinTokens + random() % 80;
      const std::size_t lean = random() % tokens.size();
      ReadGrammar constraint(*model, format, max_queries, max_tokens);
      std::vector<Token> walk;
      while (!constraint.done()) {
        std::vector<Token> allowed;
        for (const Token token : tokens) {
          if (constraint.allows(token)) allowed.push_back(token);
        }
        ASSERT_FALSE(allowed.empty());
        Token next = allowed[random() % allowed.size()];
        if (random() % 2 == 0 && constraint.allows(tokens[lean])) next = tokens[lean];
        constraint.accept(next);
        walk.push_back(next);
        ASSERT_LE(walk.size(), max_tokens);
      }
      const auto parsed = format.parse_read(walk);
      EXPECT_TRUE(parsed.well_formed) << detokenize(*model, walk);
      EXPECT_LE(parsed.queries.size(), static_cast<std::size_t>(max_queries));
    }
  }
}

TEST(ReadGrammar, NamesHaveALengthLimit) {
  const auto model = test_models().front();
  const CallFormat format(model, {});
  ReadGrammar constraint(*model, format, 1, 1'000);
  const Token name = format.name_tokens("x").front();
  for (std::size_t i = 0; i < ReadGrammar::kMaxNameTokens; ++i) {
    ASSERT_TRUE(constraint.allows(name));
    constraint.accept(name);
  }
  EXPECT_FALSE(constraint.allows(name));
  EXPECT_TRUE(constraint.allows(format.field()));
}

}  // namespace
}  // namespace memllm
