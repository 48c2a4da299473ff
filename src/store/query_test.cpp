// Queries and searches through vectors, against a scan of everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <set>
#include <tuple>

#include "memllm/error.h"
#include "sql/sqlite.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

using Answers = std::vector<std::string>;

double cosine(const std::string& a, const std::string& b) {
  const NameEmbedding embedding = triple_embedding();
  const std::vector<std::string> texts = {a, b};
  const std::vector<float> vectors = embedding.embed(texts);
  double dot = 0;
  for (std::size_t i = 0; i < embedding.dimension; ++i) dot += static_cast<double>(vectors[i]) * vectors[embedding.dimension + i];
  return dot;
}

TEST_F(StoreTest, ExactNamesNeedNoEmbedding) {
  Store store(options_with_vectors());
  add(store, "Acme", "founded by", "Bob");
  const QueryResult result = store.query(asks_object("ACME", "Founded  by"), {});
  EXPECT_TRUE(result.exact);
  EXPECT_EQ(result.outcome, QueryOutcome::kFound);
  EXPECT_EQ(answers(store.query(asks_subject("founded by", "bob"), {})), Answers{"Acme"});
  EXPECT_EQ(embedded_, 0U);
}

TEST_F(StoreTest, WithoutAnEmbedderOnlyNamesMatch) {
  Store store(options());
  add(store, "Acme Corporation", "founded by", "Bob");
  const QueryResult result = store.query(asks_object("Acme Corporations", "founded by"), {});
  EXPECT_EQ(result.outcome, QueryOutcome::kEmpty);
  EXPECT_FALSE(result.exact);
}

TEST_F(StoreTest, AnExactPairHidesSimilarOnes) {
  Store store(options_with_vectors());
  add(store, "Acme Corporation", "founded by", "Bob");
  add(store, "Acme Corporations", "founded by", "Eve");
  EXPECT_EQ(answers(store.query(asks_object("acme corporation", "founded by"), {})), Answers{"Bob"});
}

// The definition of paper §2: every fact whose names are near enough, best first.
TEST_F(StoreTest, VectorQueriesFindWhatAScanFinds) {
  std::mt19937 random(4);
  const Answers stems = {"United Nations Council", "United Nation Council", "National Union Counsel", "Council of Nations", "Unrelated",
                         "United Nations"};
  const Answers kinds = {"member of", "members of", "is member of", "located in"};
  Store store(options_with_vectors());
  std::vector<Fact> facts;
  for (int i = 0; i < 120; ++i) {
    const FactId id = add(store, stems[random() % stems.size()], kinds[random() % kinds.size()], "value " + std::to_string(random() % 40));
    facts.push_back(*store.get(id));
  }
  for (int i = 0; i < 60; ++i) {
    const Query query = asks_object(stems[random() % stems.size()] + (random() % 2 == 0 ? "s" : " x"), kinds[random() % kinds.size()]);
    QueryOptions options;
    options.thresholds = {0.3 + 0.05 * static_cast<double>(random() % 10), 0.5, 0.3 + 0.05 * static_cast<double>(random() % 12)};
    options.max_results = 1 + static_cast<int>(random() % 60);
    std::set<FactId> expected;
    std::set<std::string> values;
    for (const Fact& fact : facts) {
      const double entity = cosine(*query.subject, fact.subject), relation = cosine(query.relation, fact.relation);
      if (entity < options.thresholds.entity - 1e-6 || relation < options.thresholds.relation - 1e-6) continue;
      if ((entity + relation) / 2 < options.thresholds.pair - 1e-6) continue;
      expected.insert(fact.id);
      values.insert(fact.object);
    }
    const QueryResult result = store.query(query, options);
    const bool broad = values.size() > static_cast<std::size_t>(options.max_results);
    EXPECT_EQ(result.outcome, expected.empty() ? QueryOutcome::kEmpty : broad ? QueryOutcome::kTooBroad : QueryOutcome::kFound);
    EXPECT_LE(result.matches.size(), static_cast<std::size_t>(options.max_results));
    EXPECT_TRUE(std::is_sorted(result.matches.begin(), result.matches.end(),
                               [](const QueryMatch& a, const QueryMatch& b) { return a.score() > b.score() + 1e-9; }));
    std::set<FactId> found;
    std::set<std::string> found_values;
    for (const QueryMatch& match : result.matches) {
      EXPECT_TRUE(expected.contains(match.fact.id));
      EXPECT_NEAR(match.entity_similarity, cosine(*query.subject, match.fact.subject), 1e-4);
      found.insert(match.fact.id);
      found_values.insert(match.answer);
    }
    if (broad) continue;
    EXPECT_EQ(found_values, values);
    if (expected.size() <= static_cast<std::size_t>(options.max_results)) {
      EXPECT_EQ(found, expected);
    }
  }
}

// Exactly the queries about a name that query() has an answer to.
TEST_F(StoreTest, QueriesAboutANameAreThoseWithAnAnswer) {
  std::mt19937 random(9);
  const Answers names = {"United Nations Council", "United Nation Council", "Council of Nations", "Unrelated", "Ada", "Bo"};
  const Answers relations = {"member of", "located in", "founder"};
  Store store(options_with_vectors());
  std::vector<FactId> facts;
  for (int i = 0; i < 12; ++i) {
    facts.push_back(add(store, names[random() % names.size()], relations[random() % relations.size()], names[random() % names.size()]));
  }
  store.add_alias("Ada", "Ada Quill");
  store.add_alias("Bo", "Ada");  // one person now
  store.retract(facts[0], "wrong", "user");
  for (const std::string name : {"United Nations Council", "United Nations Councils", "Ada Quill", "Bo", "unrelated", "nobody at all"}) {
    std::vector<Query> expected;
    for (const bool as_subject : {true, false}) {
      for (const std::string& relation : store.relations()) {
        Query query{std::nullopt, relation, std::nullopt};
        (as_subject ? query.subject : query.object) = name;
        if (store.query(query, {}).outcome == QueryOutcome::kFound) expected.push_back(query);
      }
    }
    std::vector<Query> queries = store.queries_about(name, {});
    const auto by_spelling = [](const Query& a, const Query& b) {
      return std::tuple(a.object.has_value(), a.relation) < std::tuple(b.object.has_value(), b.relation);
    };
    std::sort(queries.begin(), queries.end(), by_spelling);
    std::sort(expected.begin(), expected.end(), by_spelling);
    EXPECT_EQ(queries, expected) << name;
  }
}

TEST_F(StoreTest, ATemplateIsEmbeddedInsteadOfTheRelation) {
  Store store(options_with_vectors());
  add(store, "Acme", "P112", "Bob");
  const Query query = asks_object("Acme", "who founded the company");
  EXPECT_TRUE(store.query(query, {}).matches.empty());
  store.set_relation("P112", RelationPolicy::kMultiValued, "who founded the company {}");
  QueryOptions options;
  options.thresholds.relation = 0.6;
  options.thresholds.pair = 0.8;
  EXPECT_EQ(answers(store.query(query, options)), Answers{"Bob"});
  store.undo(std::nullopt, "user");
  EXPECT_TRUE(store.query(query, options).matches.empty());
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(StoreTest, MoreDistinctAnswersThanWantedIsTooBroad) {
  Store store(options());
  std::vector<Statement> statements;
  for (int i = 0; i < 31; ++i) statements.push_back(stated("USA", "contains", "state " + std::to_string(i)));
  store.add(statements);
  const QueryResult result = store.query(asks_object("USA", "contains"), {});
  EXPECT_EQ(result.outcome, QueryOutcome::kTooBroad);
  EXPECT_EQ(result.matches.size(), 30U);
  store.retract(1, "", "u");
  EXPECT_EQ(store.query(asks_object("USA", "contains"), {}).outcome, QueryOutcome::kFound);
}

TEST_F(StoreTest, AnotherEmbedderIsRefusedUntilItTakesOver) {
  {
    Store store(options_with_vectors());
    add(store, "Acme Corporation", "founded by", "Bob");
    EXPECT_EQ(answers(store.query(asks_object("Acme Corporations", "founded by"), {})), Answers{"Bob"});
    EXPECT_EQ(store.stats().vectors, 3U);
  }
  StoreOptions other = options();
  other.embedding = triple_embedding(&embedded_, "others");
  try {
    Store store(other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConflict);
    EXPECT_NE(std::string(error.what()).find("memllm reindex"), std::string::npos);
  }
  EXPECT_EQ(Store(options()).stats().facts, 1U);  // no embedder: names are enough
  other.embedder_mismatch = EmbedderMismatch::kTakeOver;
  Store store(other);
  EXPECT_EQ(store.stats().vectors, 0U);
  store.reindex();
  EXPECT_EQ(store.stats().vectors, 3U);
  EXPECT_TRUE(store.verify().clean());
  EXPECT_EQ(kind_of_failure([&] { Store old(options_with_vectors()); }), ErrorKind::kConflict);
}

TEST_F(StoreTest, AStoreThatWasOpenWhenAnotherEmbedderTookOverSaysSo) {
  Store old(options_with_vectors());
  add(old, "Acme Corporation", "founded by", "Bob");
  StoreOptions other = options();
  other.embedding = triple_embedding(&embedded_, "others");
  other.embedder_mismatch = EmbedderMismatch::kTakeOver;
  const Store store(other);
  EXPECT_EQ(kind_of_failure([&] { old.query(asks_object("Acme Corporations", "founded by"), {}); }), ErrorKind::kConflict);
  EXPECT_EQ(answers(store.query(asks_object("Acme Corporations", "founded by"), {})), Answers{"Bob"});
}

TEST_F(StoreTest, IndexFilesMayBeLostDamagedOrStale) {
  StoreOptions options = options_with_vectors();
  QueryOptions near;
  near.thresholds = {0.7, 0.7, 0.7};
  {
    Store store(options);
    for (int i = 0; i < 40; ++i) add(store, "item number " + std::to_string(i), "has part", "thing");
    store.reindex();
  }
  const auto file = folder_.path() / "entities-1.index";
  const auto old_copy = folder_.path() / "old";
  ASSERT_TRUE(std::filesystem::exists(file));
  std::filesystem::copy_file(file, old_copy);
  const auto works = [&]() -> std::string {
    Store store(options);
    EXPECT_TRUE(store.verify().clean());
    const QueryResult result = store.query(asks_object("item numbers 39", "has part"), near);
    return result.matches.empty() ? "" : result.matches.front().fact.subject;
  };
  EXPECT_EQ(works(), "item number 39");
  std::ofstream(file, std::ios::binary | std::ios::in).seekp(100).write("damage", 6);
  EXPECT_EQ(works(), "item number 39");
  std::filesystem::remove(file);
  EXPECT_EQ(works(), "item number 39");
  {
    Store store(options);
    add(store, "a wholly other thing", "has part", "wheel");
    store.forget_entity("item number 39");
  }
  std::filesystem::rename(old_copy, file);  // knows item 39, and not the wheel
  EXPECT_TRUE(Store(options).verify().clean());
  Store store(options);
  EXPECT_EQ(answers(store.query(asks_object("a wholly other things", "has part"), near)), Answers{"wheel"});
}

TEST_F(StoreTest, SearchFindsWordsAnywhereThenNearNames) {
  Store store(options_with_vectors());
  const FactId born = add(store, "Marie Skłodowska-Curie", "born in", "Warsaw");
  const FactId prize = add(store, "Marie Skłodowska-Curie", "award", "Nobel Prize in Physics");
  const FactId other = add(store, "Max Planck", "award", "Nobel Prize in Physics");
  const FactId city = add(store, "Warsaw", "capital of", "Poland");
  store.add_alias("Marie Skłodowska-Curie", "Madame Curie");
  const auto found = [&](const std::string& words) {
    std::vector<FactId> ids;
    for (const Fact& fact : store.search(words, {})) ids.push_back(fact.id);
    return ids;
  };
  EXPECT_EQ(found("madame WARSAW").front(), born);
  EXPECT_EQ(found("curie award").front(), prize);
  EXPECT_EQ(found("nobel phys").front(), other);  // newest first
  EXPECT_EQ(found("Waršaw").front(), city);       // by diacritics or by vector
  EXPECT_EQ(found("Max Plank").front(), other);   // only near
  EXPECT_TRUE(found("").empty());
  EXPECT_TRUE(found("--- \"\"").empty());
  store.retract(other, "", "u");
  EXPECT_EQ(found("nobel physics").front(), prize);
  FactFilter filter;
  filter.state = FactFilter::State::kAll;
  filter.offset = 1;
  filter.limit = 1;
  ASSERT_EQ(store.search("nobel physics", filter).size(), 1U);
  EXPECT_EQ(store.search("nobel physics", filter)[0].id, prize);
  EXPECT_EQ(kind_of_failure([&] { store.search("\xFF", {}); }), ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace memllm
