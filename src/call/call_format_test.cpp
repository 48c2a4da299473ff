#include "call/call_format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/name.h"
#include "base/text.h"
#include "memllm/error.h"
#include "testing/test_models.h"

namespace memllm {
namespace {

using std::string_literals::operator""s;

// Text made of everything that could be taken for a call.
std::string hostile_text(std::mt19937& random, std::size_t max_pieces) {
  static const std::vector<std::string> kPieces = {"({",  "})",   "-->",  ">>", ";",  "(",   "{",         "})",
                                                   ")",   "-",    ">",    "a",  "b1", " ",   "\n",        "é",
                                                   "\0"s, "\xFF", "\xC3", "；", "»",  "...", "MEM_WRITE", "USER_ST"};
  std::string text;
  for (std::size_t count = random() % (max_pieces + 1); count > 0; --count) text += kPieces[random() % kPieces.size()];
  return text;
}

// What a name is after a way through a call.
std::string through_call(const std::string& name) {
  std::string result = clean_name(repair_utf8(name));
  for (std::size_t at = result.find("；"); at != std::string::npos; at = result.find("；"))
    result.replace(at, std::string("；").size(), ";");
  return result;
}

std::string hostile_name(std::mt19937& random) {
  while (true) {
    std::string name = hostile_text(random, 8);
    if (!clean_name(repair_utf8(name)).empty()) return name;
  }
}

class CallFormatTest : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    const auto models = test_models();
    if (GetParam() >= models.size()) GTEST_SKIP() << "MEMLLM_MODEL is not set";
    model = models[GetParam()];
    format = std::make_unique<CallFormat>(model, ModelOptions{});
  }
  std::string spell(std::span<const Token> tokens) const { return detokenize(*model, tokens); }

  std::shared_ptr<LanguageModel> model;
  std::unique_ptr<CallFormat> format;
  std::mt19937 random{7};
};

INSTANTIATE_TEST_SUITE_P(Models, CallFormatTest, testing::Values(0, 1));

TEST_P(CallFormatTest, TextNeverHoldsAMarkerAndIsStillSpelled) {
  for (int round = 0; round < 500; ++round) {
    const std::string text = hostile_text(random, 12);
    const auto tokens = format->text_tokens(text);
    for (const Token token : tokens) {
      EXPECT_FALSE(format->is_marker(token) || token == format->field() || model->is_control(token)) << text;
    }
    EXPECT_EQ(spell(tokens), repair_utf8(text));
  }
}

TEST_P(CallFormatTest, NamesHoldNothingReservedAndComeBack) {
  for (int round = 0; round < 500; ++round) {
    const std::string name = hostile_text(random, 12);
    const auto tokens = format->name_tokens(name);
    EXPECT_TRUE(std::none_of(tokens.begin(), tokens.end(), [&](Token token) { return format->is_reserved(token); })) << name;
    EXPECT_EQ(format->name_from_tokens(tokens), through_call(name));
  }
}

TEST_P(CallFormatTest, WrittenTriplesAreParsedBack) {
  for (int round = 0; round < 100; ++round) {
    std::vector<Triple> triples(random() % 4);
    std::vector<Triple> expected;
    for (Triple& triple : triples) {
      triple = {hostile_name(random), hostile_name(random), hostile_name(random)};
      expected.push_back({through_call(triple.subject), through_call(triple.relation), through_call(triple.object)});
    }
    const auto parsed = format->parse_write(format->write_body(triples));
    EXPECT_EQ(parsed.triples, expected);
    EXPECT_EQ(parsed.malformed_items, 0U);
    EXPECT_TRUE(parsed.closed);
  }
}

TEST_P(CallFormatTest, AskedQueriesAreParsedBack) {
  for (int round = 0; round < 100; ++round) {
    std::vector<Query> queries(1 + random() % 3);
    std::vector<Query> expected;
    for (Query& query : queries) {
      query.relation = hostile_name(random);
      (random() % 2 == 0 ? query.subject : query.object) = hostile_name(random);
      Query& other = expected.emplace_back();
      other.relation = through_call(query.relation);
      if (query.subject) other.subject = through_call(*query.subject);
      if (query.object) other.object = through_call(*query.object);
    }
    const auto parsed = format->parse_read(format->read_query(queries));
    EXPECT_EQ(parsed.queries, expected);
    EXPECT_TRUE(parsed.well_formed);
  }
}

TEST_P(CallFormatTest, CallsAreLaidOutAsInThePaper) {
  const auto prompt = format->write_prompt(format->text_tokens("Before."), format->text_tokens(" Now."));
  EXPECT_EQ(spell(prompt), "Before.({USER_ST}) Now.({USER_END})({MEM_WRITE-->");
  const std::vector<Triple> triples = {{"Paris", "capital of", "France"}, {"Lyon", "country", "France"}};
  const auto body = format->write_body(triples);
  EXPECT_EQ(spell(body), "Paris>>capital of>>France;Lyon>>country>>France})");
  EXPECT_EQ(body.back(), model->eos());
  EXPECT_EQ(spell(format->write_body({})), "})");
  const std::vector<Query> queries = {{"Paris", "capital of", {}}, {{}, "country", "France"}};
  EXPECT_EQ(spell(format->read_header()) + spell(format->read_query(queries)), "({MEM_READ(Paris>>capital of>>;>>country>>France)-->");
  const std::vector<std::string> names = {"Paris", "", "a;b"};
  EXPECT_EQ(spell(format->read_result(names)), "Paris;a；b})");
}

TEST_P(CallFormatTest, MalformedItemsOfAWriteAreCounted) {
  const auto parse = [&](const std::vector<std::string>& parts) {
    std::vector<Token> tokens;
    for (const std::string& part : parts) {
      for (const Token token : model->tokenize(part)) tokens.push_back(token);
    }
    return format->parse_write(tokens);
  };
  const std::vector<Triple> one = {{"a", "r", "b"}};
  EXPECT_EQ(parse({"a", ">>", "r", ">>", "b", ";", "c", ">>", "r", "})"}).triples, one);
  EXPECT_EQ(parse({"a", ">>", "r", ">>", "b", ";", "c", ">>", "r", "})"}).malformed_items, 1U);
  EXPECT_EQ(parse({"a", ">>", "r", ">>", "b", ";", "})"}).malformed_items, 1U);
  EXPECT_EQ(parse({"a", ">>", "r", ">>", "b", ">>", "c", "})"}).malformed_items, 1U);
  EXPECT_EQ(parse({"a", ">>", ">>", "b", "})"}).malformed_items, 1U);
  EXPECT_EQ(parse({"a", ">>", "\n", ">>", "b", "})"}).malformed_items, 1U);
  EXPECT_EQ(parse({"a", ">>", "-->", ">>", "b", "})"}).malformed_items, 1U);
  EXPECT_EQ(parse({"a", ">>", "r", ">>", "b"}).triples, one);
  EXPECT_FALSE(parse({"a", ">>", "r", ">>", "b"}).closed);
  EXPECT_FALSE(parse({"a", ">>", "r", ">>", "b", "})", "more"}).closed);
  EXPECT_TRUE(parse({"})"}).closed);
  EXPECT_EQ(parse({"})"}).malformed_items, 0U);
  EXPECT_FALSE(parse({}).closed);
}

TEST_P(CallFormatTest, AReadThatIsNotAQueryIsNotWellFormed) {
  const auto well_formed = [&](const std::vector<std::string>& parts) {
    std::vector<Token> tokens;
    for (const std::string& part : parts) {
      for (const Token token : model->tokenize(part)) tokens.push_back(token);
    }
    return format->parse_read(tokens).well_formed;
  };
  EXPECT_TRUE(well_formed({"a", ">>", "r", ">>", ")", "-->"}));
  EXPECT_TRUE(well_formed({">>", "r", ">>", "a", " (", "b", ")", ")", "-->"}));
  EXPECT_FALSE(well_formed({"a", ">>", "r", ">>", "b", ")", "-->"}));
  EXPECT_FALSE(well_formed({">>", "r", ">>", ")", "-->"}));
  EXPECT_FALSE(well_formed({"a", ">>", ">>", ")", "-->"}));
  EXPECT_FALSE(well_formed({"a", ">>", "r", ">>", ")"}));
  EXPECT_FALSE(well_formed({"a", ">>", "r", ">>", "-->"}));
  EXPECT_FALSE(well_formed({"a", ">>", "r", ">>", ")", "-->", "a"}));
  EXPECT_FALSE(well_formed({"a", ">>", "r", ">>", ";", ")", "-->"}));
  EXPECT_FALSE(well_formed({"a", ">>", "r", ">>", "})", ")", "-->"}));
  EXPECT_FALSE(well_formed({")", "-->"}));
  EXPECT_FALSE(well_formed({}));
}

// Calls, then damaged: some of their tokens are exchanged, doubled or left out.
TEST_P(CallFormatTest, AnyTokensCanBeParsed) {
  const std::vector<Token> special = {format->open(), format->close(), format->arrow(), format->field(), format->item(), model->eos()};
  const std::vector<Token> written = format->write_body(std::vector<Triple>{{"Ada", "born in", "London"}, {"Bo", "knows", "Cy"}});
  const std::vector<Token> asked = format->read_query(std::vector<Query>{{"Ada", "born in", std::nullopt}, {std::nullopt, "knows", "Cy"}});
  std::size_t triples = 0, queries = 0, malformed = 0;
  for (int round = 0; round < 1'000; ++round) {
    std::vector<Token> tokens = round % 2 == 0 ? written : asked;
    for (std::size_t damage = random() % 4; damage > 0; --damage) {
      const auto at = tokens.begin() + static_cast<std::ptrdiff_t>(random() % tokens.size());
      const Token other = random() % 2 == 0 ? special[random() % special.size()] : static_cast<Token>(random() % 300);
      if (random() % 3 == 0) {
        *at = other;
      } else if (random() % 2 == 0) {
        tokens.insert(at, other);
      } else if (tokens.size() > 1) {
        tokens.erase(at);
      }
    }
    const CallFormat::ParsedWrite write = format->parse_write(tokens);
    for (const Triple& triple : write.triples) {
      EXPECT_TRUE(is_valid_utf8(triple.subject) && !triple.subject.empty() && !triple.relation.empty() && !triple.object.empty());
    }
    const CallFormat::ParsedRead read = format->parse_read(tokens);
    for (const Query& query : read.queries) EXPECT_NE(query.subject.has_value(), query.object.has_value());
    triples += write.triples.size();
    queries += read.queries.size();
    malformed += write.malformed_items + read.malformed_items;
  }
  EXPECT_GT(triples, 500U);  // else nothing was looked at
  EXPECT_GT(queries, 500U);
  EXPECT_GT(malformed, 500U);
}

TEST_P(CallFormatTest, BlankNamesCannotBeWritten) {
  const std::vector<Triple> triples = {{"a", " \n", "b"}};
  EXPECT_THROW(static_cast<void>(format->write_body(triples)), Error);
  const std::vector<Query> queries = {{"a", "r", "b"}};
  EXPECT_THROW(static_cast<void>(format->read_query(queries)), Error);
}

TEST_P(CallFormatTest, OtherSeparatorsServeAsWell) {
  ModelOptions options;
  options.separator_item = "!";
  const CallFormat other(model, options);
  const std::vector<Triple> triples = {{"Wham!", "a;b", "Yes! >> No!"}, {"x", "y", "z"}};
  EXPECT_EQ(other.parse_write(other.write_body(triples)).triples, triples);
}

TEST_P(CallFormatTest, AMarkerThatCannotServeIsRefusedWithItsFlag) {
  const auto message = [&](std::string ModelOptions::*member, const std::string& text) -> std::string {
    ModelOptions options;
    options.*member = text;
    try {
      CallFormat refused(model, options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_NE(message(&ModelOptions::marker_open, "two words").find("--marker-open"), std::string::npos);
  EXPECT_NE(message(&ModelOptions::marker_close, "").find("--marker-close"), std::string::npos);
  EXPECT_NE(message(&ModelOptions::marker_arrow, "!").find("--marker-arrow"), std::string::npos);
  EXPECT_NE(message(&ModelOptions::separator_field, "\xFF").find("--separator-field"), std::string::npos);
  EXPECT_NE(message(&ModelOptions::separator_item, " a b").find("--separator-item"), std::string::npos);
  EXPECT_NE(message(&ModelOptions::separator_item, "é").find("--separator-item"), std::string::npos);
  EXPECT_NE(message(&ModelOptions::marker_close, "({").find("differ"), std::string::npos);
}

}  // namespace
}  // namespace memllm
