#include "examples/counterfactual.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/test_documents.h"

namespace memllm {

namespace {

using test::mention;
using test::words;

// "Eve Marlow , born 3 May 1971 , founded Calder in Vessia ." All roles of Norvane's entities have an entity here.
DocRedDocument calder() {
  DocRedDocument document;
  document.title = "Calder";
  document.sentences = {words("Eve Marlow , born 3 May 1971 , founded Calder in Vessia ."), words("Marlow led Calder with Finn Oday ."),
                        words("Vessia lies in Quorn .")};
  document.entities = {{mention(document, 0, 0, 2, "PER"), mention(document, 1, 0, 1, "PER")},
                       {mention(document, 0, 9, 10, "ORG"), mention(document, 1, 2, 3, "ORG")},
                       {mention(document, 0, 11, 12, "LOC"), mention(document, 2, 0, 1, "LOC")},
                       {mention(document, 1, 4, 6, "PER")},
                       {mention(document, 2, 3, 4, "LOC")},
                       {mention(document, 0, 4, 7, "TIME")}};
  document.labels = {{1, 0, "founder", {0}}, {1, 2, "narrative location", {0}}, {3, 1, "member of", {}}, {1, 3, "chairperson", {}},
                     {2, 4, "part of", {2}}, {0, 5, "date of birth", {0}}};
  return document;
}

// Norvane's founder is born, on a date of the same form as in Calder, and stands once where nobody marked it.
DocRedDocument dated_norvane() {
  DocRedDocument document = test::norvane();
  document.sentences.push_back(words("Quill was born on 9 June 1950 and Norvane remembers ."));
  document.entities.push_back({mention(document, 3, 4, 7, "TIME")});
  document.labels.push_back({0, 5, "date of birth", {3}});
  return document;
}

bool holds(const DocRedDocument& document, const std::string& word) {
  return std::any_of(document.sentences.begin(), document.sentences.end(),
                     [&](const auto& sentence) { return std::find(sentence.begin(), sentence.end(), word) != sentence.end(); });
}

}  // namespace

TEST(Counterfactual, SaysTheSameOfOtherEntitiesEverywhere) {
  const std::vector<DocRedDocument> documents{dated_norvane(), calder()};
  const EntityPool pool(documents);
  const auto variant = pool.variant(documents[0], 1, {1.0, 7});
  ASSERT_TRUE(variant);
  EXPECT_EQ(variant->title, "Norvane (variant 1)");
  for (const char* word : {"Ada", "Quill", "Norvane", "Tessel", "Bo", "1950"}) EXPECT_FALSE(holds(*variant, word)) << word;
  EXPECT_EQ(variant->sentences[0], words("Eve Marlow founded Calder in Vessia ."));
  EXPECT_EQ(variant->sentences[3], words("Marlow was born on 3 May 1971 and Calder remembers ."));
  ASSERT_EQ(variant->entities.size(), documents[0].entities.size());
  for (const auto& mentions : variant->entities) {
    for (const DocRedMention& each : mentions) {
      EXPECT_EQ(joined_words(variant->sentences[static_cast<std::size_t>(each.sentence)], each.begin, each.end), each.name);
    }
  }
  EXPECT_EQ(variant->entities[5][0].name, "3 May 1971");
  ASSERT_EQ(variant->labels.size(), documents[0].labels.size());
  EXPECT_EQ(variant->labels[0].evidence, documents[0].labels[0].evidence);
}

TEST(Counterfactual, IsTheSameForTheSameSeed) {
  const std::vector<DocRedDocument> documents{dated_norvane(), calder()};
  const EntityPool pool(documents);
  EXPECT_EQ(pool.variant(documents[0], 2, {0.5, 3})->sentences, pool.variant(documents[0], 2, {0.5, 3})->sentences);
}

TEST(Counterfactual, LeavesEntitiesWithoutASimilarOneAndOverlappingOnes) {
  DocRedDocument nested = test::norvane();
  nested.entities.push_back({mention(nested, 0, 1, 2, "MISC")});  // "Quill" inside "Ada Quill"
  const std::vector<DocRedDocument> documents{nested, calder()};
  const auto variant = EntityPool(documents).variant(documents[0], 1, {1.0, 7});
  ASSERT_TRUE(variant);
  EXPECT_EQ(variant->sentences[0], words("Ada Quill founded Calder in Vessia ."));
  const std::vector<DocRedDocument> alone{test::norvane()};
  EXPECT_EQ(EntityPool(alone).variant(alone[0], 1, {1.0, 7})->sentences, alone[0].sentences);
}

TEST(Counterfactual, HoldsNoForbiddenPair) {
  const std::vector<DocRedDocument> documents{test::norvane(), calder()}, forbidden{calder()};
  const EntityPool pool(documents, forbidden);
  EXPECT_FALSE(pool.variant(documents[0], 1, {1.0, 7}).has_value());  // only Calder's entities could stand there
  std::size_t made = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    const auto variant = pool.variant(documents[0], i, {0.3, 7});
    if (!variant) continue;
    ++made;
    EXPECT_FALSE(holds(*variant, "Marlow") && holds(*variant, "Calder"));
  }
  EXPECT_GT(made, 10U);
}

}  // namespace memllm
