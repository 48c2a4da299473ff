#include "testing/scripted_model.h"

#include <gtest/gtest.h>

#include <random>

#include "llm/logits.h"
#include "memllm/error.h"

namespace memllm {
namespace {

std::vector<std::string> pieces(const LanguageModel& model, std::string_view text) {
  std::vector<std::string> result;
  for (const Token token : model.tokenize(text)) result.push_back(model.piece(token));
  return result;
}

ScriptedModel silent_model() { return ScriptedModel({}); }

TEST(ScriptedModel, SplitsWordsMarkersAndPunctuation) {
  const ScriptedModel model = silent_model();
  EXPECT_EQ(pieces(model, "Ada  Lovelace's ({a>>b; c})-->-x\n"),
            (std::vector<std::string>{"Ada", "  Lovelace", "'", "s", " ", "({", "a", ">>", "b", ";", " c", "})", "-->", "-", "x", "\n"}));
  EXPECT_EQ(pieces(model, " Zürich 3"), (std::vector<std::string>{" Zürich", " 3"}));
  EXPECT_TRUE(model.tokenize("").empty());
}

TEST(ScriptedModel, AnyBytesRoundTrip) {
  const ScriptedModel model = silent_model();
  std::mt19937_64 random(1);
  const std::string alphabet = std::string("ab {(})->;,\n\0", 13) + "\xc3\xa9\xff";
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (std::uint64_t length = random() % 12; text.size() < length;) text += alphabet[random() % alphabet.size()];
    EXPECT_EQ(detokenize(model, model.tokenize(text)), text);
  }
}

TEST(ScriptedModel, SaysWhenItsVocabularyIsFull) {
  const ScriptedModel model = silent_model();
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "w" + std::to_string(i) + " ";
  EXPECT_THROW((void)model.tokenize(text), Error);
}

TEST(ScriptedModel, PrefersWhatTheScriptSaysInItsOrder) {
  ScriptedModel model([](const std::string& adapter, const std::string& text) -> std::vector<std::string> {
    if (adapter == "write") return {"({"};
    return text == "Ada was" ? std::vector<std::string>{" born", " a", ""} : std::vector<std::string>{""};
  });
  const auto decoder = model.make_decoder({});
  std::vector<Token> prompt{model.bos()};
  for (const Token token : model.tokenize("Ada was")) prompt.push_back(token);
  const DecodeItem item{0, prompt, LogitsWanted::kAll};
  decoder->decode({&item, 1});
  EXPECT_EQ(best_token(decoder->logits(0, 0)), model.eos());
  const auto row = decoder->logits(0, 2);
  ASSERT_EQ(row.size(), model.vocabulary());
  EXPECT_EQ(model.piece(best_token(row)), " born");
  EXPECT_EQ(row[model.tokenize(" born")[0]], 10);
  EXPECT_EQ(row[model.tokenize(" a")[0]], 9);
  EXPECT_EQ(row[model.eos()], 8);
  EXPECT_EQ(row[model.tokenize("other")[0]], 0);

  const auto writer = model.make_decoder({.adapter = "write", .sequences = 1, .max_tokens = 64});
  writer->decode({&item, 1});
  EXPECT_EQ(model.piece(best_token(writer->logits(0, 0))), "({");
}

TEST(Decoder, KeepsSequencesApart) {
  ScriptedModel model = silent_model();
  const auto decoder = model.make_decoder({.adapter = {}, .sequences = 3, .max_tokens = 8});
  const std::vector<Token> one = model.tokenize("a b c"), two = model.tokenize("x y");
  const std::vector<DecodeItem> items{{0, one, LogitsWanted::kNone}, {2, two, LogitsWanted::kLast}};
  decoder->decode(items);
  EXPECT_THROW((void)decoder->logits(0), Error);
  EXPECT_NO_THROW((void)decoder->logits(1));
  decoder->truncate(0, 1);
  EXPECT_TRUE(decoder->tokens(1).empty());
  EXPECT_EQ(decoder->tokens(0).size(), 1U);
  EXPECT_TRUE(std::ranges::equal(decoder->tokens(2), two));
}

TEST(Decoder, RefusesWhatItCannotDoAndDecodesNothing) {
  ScriptedModel model = silent_model();
  const auto decoder = model.make_decoder({.adapter = {}, .sequences = 2, .max_tokens = 3});
  const std::vector<Token> fits = model.tokenize("a b"), too_long = model.tokenize("a b c d"), none, unknown{5000}, negative{-1};
  const auto refuses = [&decoder](std::vector<DecodeItem> items) {
    try {
      decoder->decode(items);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kInvalidArgument && decoder->tokens(0).empty() && decoder->tokens(1).empty();
    }
    return false;
  };
  EXPECT_TRUE(refuses({{0, fits}, {1, too_long}}));
  EXPECT_TRUE(refuses({{0, fits}, {0, fits}}));
  EXPECT_TRUE(refuses({{2, fits}}));
  EXPECT_TRUE(refuses({{-1, fits}}));
  EXPECT_TRUE(refuses({{0, none, LogitsWanted::kLast}}));
  EXPECT_TRUE(refuses({{0, unknown}}));
  EXPECT_TRUE(refuses({{0, negative}}));
  EXPECT_THROW(decoder->truncate(0, 1), Error);
  EXPECT_THROW(model.make_decoder({.adapter = {}, .sequences = 0, .max_tokens = 3}), Error);
}

TEST(DecodeWithPrefixReuse, HoldsExactlyTheTokensAndDecodesOnlyTheRest) {
  std::size_t calls = 0;
  ScriptedModel model([&calls](const std::string&, const std::string& text) {
    ++calls;
    return std::vector<std::string>{"n" + std::to_string(text.size())};
  });
  const auto decoder = model.make_decoder({.adapter = {}, .sequences = 1, .max_tokens = 64});
  std::mt19937_64 random(9);
  const std::vector<Token> words = model.tokenize("a b c");
  for (int round = 0; round < 100; ++round) {
    std::vector<Token> tokens;
    for (std::uint64_t length = 1 + random() % 12; tokens.size() < length;) tokens.push_back(words[random() % words.size()]);
    decode_with_prefix_reuse(*decoder, 0, tokens);
    EXPECT_TRUE(std::ranges::equal(decoder->tokens(0), tokens));
    EXPECT_EQ(model.piece(best_token(decoder->logits(0))), "n" + std::to_string(detokenize(model, tokens).size()));
    decode_with_prefix_reuse(*decoder, 0, decoder->tokens(0));  // its own tokens
    EXPECT_TRUE(std::ranges::equal(decoder->tokens(0), tokens));
  }
  EXPECT_EQ(calls, 200U);
  EXPECT_THROW(decode_with_prefix_reuse(*decoder, 0, {}), Error);
  EXPECT_THROW(decode_with_prefix_reuse(*decoder, 0, std::vector<Token>(65, words[0])), Error);
  EXPECT_FALSE(decoder->tokens(0).empty());
}

}  // namespace
}  // namespace memllm
