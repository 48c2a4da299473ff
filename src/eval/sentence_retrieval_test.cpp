#include "eval/sentence_retrieval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "eval/retrieved_context.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

using test::norvane;

std::vector<RetrievableSentence> of_texts(const std::vector<std::string>& texts) {
  std::vector<RetrievableSentence> sentences;
  for (const std::string& text : texts) sentences.push_back({0, sentences.size(), text});
  return sentences;
}

bool any(std::size_t) { return true; }

TEST(Bm25, AgreesWithTheFormulaByHand) {
  const auto sentences = of_texts({"The cat sat , the cat ran .", "A dog ran .", "Nothing ."});
  const auto scores = bm25_scores(sentences)("Cat ran?");
  // Lengths 6, 3, 1; "cat" is in one of three sentences, "ran" in two.
  const double mean = 10.0 / 3, cat = std::log(1 + 2.5 / 1.5), ran = std::log(1 + 1.5 / 2.5);
  const auto part = [&](double rarity, double count, double length) {
    return rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean));
  };
  ASSERT_EQ(scores.size(), 3U);
  EXPECT_NEAR(scores[0], part(cat, 2, 6) + part(ran, 1, 6), 1e-12);
  EXPECT_NEAR(scores[1], part(ran, 1, 3), 1e-12);
  EXPECT_EQ(scores[2], 0);
}

TEST(VectorScores, AreTheProductsOfTheVectors) {
  const auto sentences = of_texts({"aa", "b"});
  const auto embed = [](std::span<const std::string> texts) {
    std::vector<float> vectors;
    for (const std::string& text : texts) vectors.insert(vectors.end(), {text[0] == 'a' ? 1.0F : 0.0F, text[0] == 'a' ? 0.0F : 1.0F});
    return vectors;
  };
  EXPECT_EQ(vector_scores(sentences, embed)("abc"), (std::vector<double>{1, 0}));
  EXPECT_TRUE(vector_scores({}, embed)("abc").empty());
}

TEST(BestSentences, AreInOrderAndAllowedAndFitAtAll) {
  const std::vector<double> scores = {1, 3, 0, 3, 2};
  EXPECT_EQ(best_sentences(scores, 3, any), (std::vector<std::size_t>{1, 3, 4}));
  EXPECT_EQ(best_sentences(scores, 9, [](std::size_t i) { return i != 3; }), (std::vector<std::size_t>{1, 4, 0}));
}

TEST(RetrievedContext, FindsSentencesByWhatStandsBeforeThePoint) {
  const std::vector<DocRedDocument> documents = {norvane(), norvane()};
  const auto points = read_points(documents[0], {}, {});
  ASSERT_FALSE(points.empty());
  const auto sentences = sentences_of(documents);
  const SentenceScores scores = bm25_scores(sentences);
  const Document plain = documents[0].to_document();
  const auto text = [&](int sentence) {
    const Span& span = plain.sentences[static_cast<std::size_t>(sentence)];
    return plain.text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
  };
  for (const ReadPoint& point : points) {
    // The other document says the same, so its copy of the sentence is found first where the own one may not be.
    const auto other = retrieved_context(documents, sentences, scores, {.top = 1})(documents[0], point);
    if (point.text_offset > static_cast<std::size_t>(plain.sentences[static_cast<std::size_t>(point.target.sentence)].begin)) {
      EXPECT_EQ(other, (std::vector<std::string>{text(point.target.sentence)}));
    }
    const RetrievalOptions own{.top = 9, .same_sentence = false, .own_document = true};
    for (const std::string& found : retrieved_context(documents, sentences, scores, own)(documents[0], point)) {
      EXPECT_NE(found, text(point.target.sentence));
    }
  }
}

TEST(EvidenceContext, IsWhatTheLabelsRestOn) {
  DocRedDocument document = norvane();
  document.labels[4].evidence = {0, 2};  // Tessel is part of Oru
  using Texts = std::vector<std::string>;
  const std::string first = "Ada Quill founded Norvane in Tessel .", last = "Tessel lies in Oru .";
  std::map<std::string, Texts> all, others, one;  // by the name to be supplied
  for (const ReadPoint& point : read_points(document, {}, {})) {
    all[point.target.name] = evidence_context({.top = 9, .same_sentence = true})(document, point);
    others[point.target.name] = evidence_context({.top = 9})(document, point);
    one[point.target.name] = evidence_context({.top = 1, .same_sentence = true})(document, point);
  }
  const std::map<std::string, Texts> evidence = {{"Norvane", {first}}, {"Tessel", {first}}, {"Bo Marsh", {}}, {"Oru", {last, first}}};
  EXPECT_EQ(all, evidence);
  EXPECT_EQ(others, (std::map<std::string, Texts>{{"Norvane", {}}, {"Tessel", {}}, {"Bo Marsh", {}}, {"Oru", {first}}}));
  EXPECT_EQ(one.at("Oru"), Texts{first});
}

}  // namespace
}  // namespace memllm
