#include "call/read_trie.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/test_models.h"

namespace memllm {
namespace {

bool accepts(ReadTrie trie, const std::vector<Token>& tokens) {
  for (const Token token : tokens) {
    const std::vector<Token> allowed = trie.allowed();
    if (std::find(allowed.begin(), allowed.end(), token) == allowed.end()) return false;
    trie.accept(token);
  }
  return trie.allowed().empty();
}

const std::vector<Query>& known() {
  static const std::vector<Query> queries = {{"York", "country", std::nullopt},
                                             {"New York", "country", std::nullopt},
                                             {"New York", "country of origin", std::nullopt},
                                             {std::nullopt, "place of birth", "New York"},
                                             {std::nullopt, "place of birth", "New York City"}};
  return queries;
}

TEST(ReadTrie, EveryKnownQueryAloneAndAnyTwoOfThem) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    const ReadTrie trie(format, known(), 3, 128);
    for (const Query& first : known()) {
      EXPECT_TRUE(accepts(trie, format.read_query(std::span(&first, 1))));
      for (const Query& second : known()) {
        const std::vector<Query> both = {first, second};
        EXPECT_EQ(accepts(trie, format.read_query(both)), first != second);
      }
    }
  }
}

TEST(ReadTrie, NothingElse) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    const ReadTrie trie(format, known(), 3, 128);
    for (const Query& other : std::vector<Query>{{"York", "country of origin", std::nullopt},
                                                 {"New York City", "country", std::nullopt},
                                                 {std::nullopt, "country", "New York"},
                                                 {std::nullopt, "place of birth", "New"}}) {
      EXPECT_FALSE(accepts(trie, format.read_query(std::span(&other, 1))));
    }
    EXPECT_FALSE(accepts(trie, {format.arrow()}));
  }
}

TEST(ReadTrie, NoMoreQueriesThanAllowed) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    const std::vector<Query> two(known().begin(), known().begin() + 2);
    EXPECT_FALSE(accepts({format, known(), 1, 128}, format.read_query(two)));
    EXPECT_TRUE(accepts({format, known(), 2, 128}, format.read_query(two)));
  }
}

TEST(ReadTrie, AsManyQueriesAsNeededIfThereAreSoMany) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    const std::vector<Query> one(known().begin(), known().begin() + 1), two(known().begin(), known().begin() + 2);
    const std::vector<Query> all = {known()[1], known()[0], known()[3], known()[2], known()[4]};
    EXPECT_FALSE(accepts({format, known(), 2, 128, 2}, format.read_query(one)));
    EXPECT_TRUE(accepts({format, known(), 2, 128, 2}, format.read_query(two)));
    EXPECT_TRUE(accepts({format, one, 2, 128, 2}, format.read_query(one)));
    EXPECT_FALSE(accepts({format, known(), 9, 128, 9}, format.read_query(two)));
    EXPECT_TRUE(accepts({format, known(), 9, 128, 9}, format.read_query(all)));
  }
}

// Whatever is chosen, the query ends within the limit.
TEST(ReadTrie, AlwaysEndsInTime) {
  for (const auto& model : test_models()) {
    const CallFormat format(model, {});
    for (std::size_t max_tokens = 0; max_tokens < 60; ++max_tokens) {
      for (const bool last : {false, true}) {
        ReadTrie trie(format, known(), 3, max_tokens, 1 + static_cast<int>(max_tokens % 3));
        std::vector<Token> query;
        for (auto allowed = trie.allowed(); !allowed.empty(); allowed = trie.allowed()) {
          query.push_back(last ? allowed.back() : allowed.front());
          trie.accept(query.back());
        }
        ASSERT_LE(query.size(), max_tokens);
        if (query.empty()) continue;
        const auto parsed = format.parse_read(query);
        EXPECT_TRUE(parsed.well_formed);
        for (const Query& asked : parsed.queries) EXPECT_NE(std::find(known().begin(), known().end(), asked), known().end());
      }
    }
  }
}

}  // namespace
}  // namespace memllm
