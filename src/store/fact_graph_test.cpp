#include "store/fact_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <tuple>

#include "testing/temporary_store.h"

namespace memllm {
namespace {

using Facts = std::set<std::tuple<std::string, std::string, std::string>>;

// Every fact that the graph shows from that side of the names.
Facts facts_from(const Store& store, const std::vector<std::string>& names, Side side, const QueryOptions& options) {
  Facts facts;
  FactGraph graph(store, options);
  for (const std::string& name : names) {
    const auto entity = graph.find(name);
    if (!entity) continue;
    for (const RelationId relation : graph.relations(*entity, side)) {
      const std::vector<Edge> edges = graph.edges(*entity, side, relation, 1'000);
      EXPECT_FALSE(edges.empty()) << name << " " << graph.relation_name(relation);
      for (const Edge& edge : edges) {
        const std::string own = graph.name(*entity), other = graph.name(edge.other);
        facts.emplace(side == Side::kSubject ? own : other, graph.relation_name(relation), side == Side::kSubject ? other : own);
      }
    }
  }
  return facts;
}

TEST_F(StoreTest, TheGraphHasEveryFactOnBothSides) {
  Store store(options());
  std::mt19937 random(11);
  const std::vector<std::string> names = {"Ada", "Bo", "Cy", "Di", "Ed"}, relations = {"spouse", "child", "employer", "sibling"};
  std::vector<QueryOptions> times(1);
  for (int i = 0; i < 120; ++i) {
    const FactId fact = add(store, names[random() % 5], relations[random() % 4], names[random() % 5]);
    if (random() % 4 == 0) store.retract(fact, "wrong", "user");
    if (i == 40) store.add_alias("Ada", "Countess");
    if (i == 80) store.add_alias("Ada", "Bo");
    if (i % 30 == 0) times.emplace_back().as_of = clock_.now();
  }
  for (const QueryOptions& then : times) {
    FactFilter filter;
    filter.as_of = then.as_of;
    Facts expected;
    for (const Fact& fact : store.list(filter)) expected.emplace(fact.subject, fact.relation, fact.object);
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(facts_from(store, names, Side::kSubject, then), expected);
    EXPECT_EQ(facts_from(store, names, Side::kObject, then), expected);
  }
}

TEST_F(StoreTest, OfManyFactsTheGraphShowsNewOnes) {
  Store store(options());
  for (int i = 0; i < 50; ++i) add(store, "Town " + std::to_string(i), "country", "Oru");
  FactGraph graph(store, {});
  const auto country = graph.find("oru");
  ASSERT_TRUE(country);
  const std::vector<RelationId> relations = graph.relations(*country, Side::kObject);
  ASSERT_EQ(relations.size(), 1U);
  EXPECT_TRUE(graph.relations(*country, Side::kSubject).empty());
  const std::vector<Edge> edges = graph.edges(*country, Side::kObject, relations[0], 3);
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_EQ(graph.name(edges[0].other), "Town 49");
  EXPECT_FALSE(graph.find("Nobody"));
}

}  // namespace
}  // namespace memllm
