// A cache that is cut, shared or filled in parallel gives the logits of a fresh one.
//
// With equal batch shapes the difference is 0 on the tested machine; kSame allows for other kernels. Other shapes take other kernels, which
// round quantised activations differently: kSameText bounds the mean absolute difference of a row's logits, which lie within about ±20.
#include <cmath>
#include <random>

#include "llm/logits.h"
#include "memllm/error.h"
#include "testing/gemma_for_tests.h"

namespace memllm {
namespace {

constexpr double kSame = 1e-3;
constexpr double kSameText = 0.5;

const char* const kText =
    "Marie Curie was born in Warsaw in 1867. She moved to Paris in 1891, where she studied physics, chemistry and mathematics at the "
    "University "
    "of Paris. In 1895 she married the French physicist Pierre Curie. Together they discovered two new elements, polonium and radium. She "
    "was the "
    "first woman to win a Nobel Prize, and the only woman to win it in two different scientific fields.";

class GemmaDecoder : public GemmaTest {
 protected:
  std::unique_ptr<Decoder> decoder(std::size_t sequences = 1, std::size_t max_tokens = 512) {
    return model_->make_decoder({.adapter = {}, .sequences = sequences, .max_tokens = max_tokens});
  }
};

void decode(Decoder& decoder, SequenceId sequence, std::span<const Token> tokens, LogitsWanted wanted = LogitsWanted::kLast) {
  const DecodeItem item{sequence, tokens, wanted};
  decoder.decode({&item, 1});
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

double mean_difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - b[i]);
  return sum / static_cast<double>(a.size());
}

TEST_F(GemmaDecoder, TruncateForgetsExactly) {
  const std::vector<Token> text = with_bos(kText), other = model_->tokenize(" Call me Ishmael. Some years ago, never mind how long");
  const std::span<const Token> head(text.data(), 40), tail(text.data() + 40, 20);
  const auto fresh = decoder(), cut = decoder();
  decode(*fresh, 0, head);
  decode(*fresh, 0, tail);
  decode(*cut, 0, head);
  decode(*cut, 0, other);
  cut->truncate(0, head.size());
  decode(*cut, 0, tail);
  EXPECT_LE(largest_difference(fresh->logits(0), cut->logits(0)), kSame);
  EXPECT_EQ(best_token(fresh->logits(0)), best_token(cut->logits(0)));
  EXPECT_EQ(cut->tokens(0).size(), 60U);
}

TEST_F(GemmaDecoder, TruncateIsExactBeyondTheSlidingWindow) {
  std::vector<Token> text = with_bos(kText);
  const std::vector<Token> words(text.begin() + 1, text.end());
  while (text.size() < 900) text.insert(text.end(), words.begin(), words.end());
  const std::span<const Token> head(text.data(), 300), tail(text.data() + 300, 10);
  const auto fresh = decoder(1, 1024), cut = decoder(1, 1024);
  decode(*fresh, 0, head);
  decode(*fresh, 0, tail);
  decode(*cut, 0, head);
  decode(*cut, 0, std::span(text).subspan(300, 600));
  cut->truncate(0, 300);
  decode(*cut, 0, tail);
  // The longer cache was padded further, which may choose another attention kernel.
  EXPECT_LE(mean_difference(fresh->logits(0), cut->logits(0)), kSameText / 10);
  EXPECT_EQ(best_token(fresh->logits(0)), best_token(cut->logits(0)));
}

TEST_F(GemmaDecoder, PrefixReuseAtAnyEditAgreesWithEncodingEverything) {
  std::vector<Token> text = with_bos(kText);
  const auto reused = decoder(), fresh = decoder();
  const std::vector<Token> words = model_->tokenize(" London Berlin physics music never always 1900");
  std::mt19937_64 random(21);
  double worst = 0;
  for (int round = 0; round < 12; ++round) {
    const std::size_t at = 1 + random() % (text.size() - 1);
    text[at] = words[random() % words.size()];
    if (random() % 2 == 0) text.resize(std::max<std::size_t>(at, 20));
    decode_with_prefix_reuse(*reused, 0, text);
    fresh->truncate(0, 0);
    decode(*fresh, 0, text);
    EXPECT_TRUE(std::ranges::equal(reused->tokens(0), text));
    worst = std::max(worst, mean_difference(reused->logits(0), fresh->logits(0)));
    const Token best = best_token(fresh->logits(0)), found = best_token(reused->logits(0));
    EXPECT_LE(fresh->logits(0)[best] - fresh->logits(0)[found], 2 * kSameText) << "another token is clearly best";
  }
  RecordProperty("worst_mean_difference", std::to_string(worst));
  EXPECT_LE(worst, kSameText);
}

TEST_F(GemmaDecoder, ParallelSequencesAgreeWithSingleOnes) {
  const std::vector<std::vector<Token>> texts{with_bos(kText), with_bos("The capital of France is"), with_bos("1, 2, 3, 4,"),
                                              with_bos("Once upon a time there was a")};
  const auto together = decoder(4), alone = decoder();
  std::vector<DecodeItem> items;
  for (std::size_t i = 0; i < texts.size(); ++i) items.push_back({static_cast<SequenceId>(3 - i), texts[i], LogitsWanted::kLast});
  together->decode(items);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    alone->truncate(0, 0);
    decode(*alone, 0, texts[i]);
    EXPECT_LE(mean_difference(together->logits(i), alone->logits(0)), kSameText) << i;
    EXPECT_EQ(best_token(together->logits(i)), best_token(alone->logits(0))) << i;
  }
}

TEST_F(GemmaDecoder, AllRowsAgreeWithTheLastRowsAcrossBatches) {
  std::vector<Token> text = with_bos(kText);
  const std::vector<Token> again(text.begin() + 1, text.end());
  text.insert(text.end(), again.begin(), again.end());
  text.resize(150);  // more than one batch of rows
  const auto all = decoder(), last = decoder();
  decode(*all, 0, text, LogitsWanted::kAll);
  for (const std::size_t length : {1U, 100U, 128U, 129U, 150U}) {
    last->truncate(0, 0);
    decode(*last, 0, std::span(text).first(length));
    EXPECT_LE(mean_difference(all->logits(0, length - 1), last->logits(0)), kSameText) << length;
  }
  EXPECT_THROW((void)all->logits(0, 150), Error);
  EXPECT_THROW((void)all->logits(1, 0), Error);
}

TEST_F(GemmaDecoder, ReadsAParagraphWithAPlausiblePerplexity) {
  const std::vector<Token> text = with_bos(kText);
  const auto perplexity = [&](std::vector<Token> tokens) {
    const auto decoder = this->decoder();
    decode(*decoder, 0, tokens, LogitsWanted::kAll);
    double loss = 0;
    for (std::size_t i = 1; i < tokens.size(); ++i) loss -= log_probability(decoder->logits(0, i - 1), tokens[i]);
    return std::exp(loss / static_cast<double>(tokens.size() - 1));
  };
  const double plain = perplexity(text);
  EXPECT_GT(plain, 2);
  EXPECT_LT(plain, 20);
  std::vector<Token> shuffled = text;
  std::shuffle(shuffled.begin() + 1, shuffled.end(), std::mt19937_64(1));
  EXPECT_GT(perplexity(shuffled), 20 * plain);
}

TEST_F(GemmaDecoder, FillsASequenceToItsEndAndNoFurther) {
  const auto decoder = this->decoder(2, 300);
  const std::vector<Token> text(300, model_->tokenize(" word")[0]), one(1, text[0]);
  std::vector<DecodeItem> items{{0, text, LogitsWanted::kLast}, {1, text, LogitsWanted::kLast}};
  decoder->decode(items);
  EXPECT_EQ(decoder->tokens(1).size(), 300U);
  EXPECT_LE(mean_difference(decoder->logits(0), decoder->logits(1)), kSameText);
  EXPECT_THROW(decode(*decoder, 0, one), Error);
  decoder->truncate(0, 299);
  decode(*decoder, 0, one);
  EXPECT_EQ(decoder->tokens(0).size(), 300U);
}

TEST_F(GemmaDecoder, OptionsAreChecked) {
  EXPECT_THROW(decoder(0), Error);
  EXPECT_THROW(decoder(257), Error);
  EXPECT_THROW(decoder(1, 0), Error);
  EXPECT_THROW(decoder(1, 1000000), Error);
}

}  // namespace
}  // namespace memllm
