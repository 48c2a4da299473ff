#include "infer/inference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <tuple>

#include "base/name.h"
#include "base/scratch_folder.h"
#include "testing/english.h"
#include "testing/test_clock.h"

namespace memllm {
namespace {

constexpr char kLocatedIn[] = "located in the administrative territorial entity";

const std::string& name_of(RuleRelation relation) { return english()->rules.relations()[relation]; }

const InferredTriple* find(const std::vector<InferredTriple>& all, const Triple& triple) {
  const auto found = std::ranges::find(all, triple, &InferredTriple::triple);
  return found == all.end() ? nullptr : &*found;
}

TEST(RelationRules, AreReadAndDistinct) {
  std::set<std::tuple<RuleKind, RuleRelation, RuleRelation, RuleRelation>> seen;
  for (const RelationRule& rule : english()->rules.all()) {
    EXPECT_TRUE(seen.emplace(rule.kind, rule.relation, rule.second, rule.head).second) << name_of(rule.relation) << name_of(rule.head);
    EXPECT_GT(rule.confidence, 0.5);
    EXPECT_LE(rule.confidence, 1);
  }
  EXPECT_GT(seen.size(), 50U);
  for (RuleRelation relation = 0; relation < english()->rules.relations().size(); ++relation) {
    EXPECT_FALSE(name_of(relation).empty());
    EXPECT_EQ(english()->rules.find(Name(name_of(relation))), relation);
    for (const RelationRule& rule : english()->rules.with_head(relation)) EXPECT_EQ(rule.head, relation);
  }
  EXPECT_EQ(english()->rules.find(Name("no such relation")), std::nullopt);
}

TEST(Infer, AnInverseSaysTheSameTheOtherWayRound) {
  const std::vector<Triple> facts = {{"Oru", "Capital", "Tessel"}};
  const auto inferred = infer(facts, english()->rules);
  const InferredTriple* inverse = find(inferred, {"Tessel", "capital of", "Oru"});
  ASSERT_NE(inverse, nullptr);
  EXPECT_TRUE(inverse->restated);
  EXPECT_EQ(inverse->premises, (std::vector<std::size_t>{0}));
  EXPECT_EQ(inverse->confidence, 1);
  EXPECT_NE(find(inferred, {"Tessel", kLocatedIn, "Oru"}), nullptr);
  EXPECT_EQ(find(inferred, {"Oru", "capital", "Tessel"}), nullptr);  // given
}

TEST(Infer, FactsComposeInTwoRounds) {
  const std::vector<Triple> facts = {
      {"Norvane", "country", "Oru"}, {"Ada Quill", "place of birth", "Old Mill"}, {"old mill", kLocatedIn, "Norvane"}};
  const auto inferred = infer(facts, english()->rules);
  const InferredTriple* country = find(inferred, {"Old Mill", "country", "Oru"});
  ASSERT_NE(country, nullptr);
  EXPECT_EQ(country->premises, (std::vector<std::size_t>{2, 0}));
  EXPECT_LT(country->confidence, 1);
  const InferredTriple* citizen = find(inferred, {"Ada Quill", "country of citizenship", "Oru"});
  ASSERT_NE(citizen, nullptr);
  EXPECT_EQ(citizen->premises, (std::vector<std::size_t>{1, 2, 0}));
  EXPECT_LT(citizen->confidence, country->confidence);
}

TEST(Infer, WhatIsStatedCountsMoreThanWhatIsConcluded) {
  std::vector<Triple> facts = {{"Old Mill", kLocatedIn, "Norvane"}, {"Norvane", "country", "Oru"}};
  ASSERT_NE(find(infer(facts, english()->rules), {"Old Mill", "country", "Oru"}), nullptr);
  facts.push_back({"Old Mill", "country", "Vell"});
  EXPECT_EQ(find(infer(facts, english()->rules), {"Old Mill", "country", "Oru"}), nullptr);
  // But the same said the other way round stands beside it.
  const std::vector<Triple> siblings = {{"Ada", "sibling", "Bo"}, {"Cy", "sibling", "Ada"}};
  EXPECT_NE(find(infer(siblings, english()->rules), {"Ada", "sibling", "Cy"}), nullptr);
}

TEST(Infer, NothingIsItsOwnObject) {
  for (const InferredTriple& one :
       infer(std::vector<Triple>{{"Ada", "sibling", "Bo"}, {"Bo", "sibling", "ADA"}, {"Oru", kLocatedIn, "Oru"}}, english()->rules)) {
    EXPECT_NE(normalised(one.triple.subject), normalised(one.triple.object));
  }
  EXPECT_TRUE(infer({}, english()->rules).empty());
}

// Every rule on every pair of triples, again and again; no derivations.
std::set<Triple> slow_closure(const std::set<Triple>& given) {
  std::set<Triple> all = given, restated = given;
  const auto is_stated = [&](const Triple& triple) {
    return std::any_of(given.begin(), given.end(),
                       [&](const Triple& other) { return other.subject == triple.subject && other.relation == triple.relation; });
  };
  for (int round = 0; round < 2; ++round) {
    std::set<Triple> next = all;
    const std::set<Triple> was_restated = restated;
    const auto conclude = [&](const Triple& triple) {
      if (triple.subject != triple.object && !is_stated(triple)) next.insert(triple);
    };
    for (const RelationRule& rule : english()->rules.all()) {
      const std::string& head = name_of(rule.head);
      for (const Triple& a : all) {
        if (a.relation != name_of(rule.relation)) continue;
        if (rule.kind == RuleKind::kImplied) conclude({a.subject, head, a.object});
        if (rule.kind == RuleKind::kInverse && was_restated.contains(a)) {
          next.insert({a.object, head, a.subject});
          restated.insert({a.object, head, a.subject});
        }
        if (rule.kind == RuleKind::kInverse) conclude({a.object, head, a.subject});
        if (rule.kind != RuleKind::kComposed) continue;
        for (const Triple& b : all) {
          if (b.subject == a.object && b.relation == name_of(rule.second)) conclude({a.subject, head, b.object});
        }
      }
    }
    all = std::move(next);
  }
  return all;
}

TEST(Infer, FindsWhatTheSlowClosureFinds) {
  std::mt19937 random(3);
  const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  std::vector<std::string> relations;
  for (const RelationRule& rule : english()->rules.all()) relations.push_back(name_of(rule.relation));
  std::size_t inferred = 0;
  for (int i = 0; i < 300; ++i) {
    std::set<Triple> given;
    for (int n = 0; n < 5; ++n) {
      const Triple triple = {names[random() % names.size()], relations[random() % relations.size()], names[random() % names.size()]};
      if (triple.subject != triple.object) given.insert(triple);
    }
    const std::vector<Triple> triples(given.begin(), given.end());
    std::set<Triple> found = given;
    for (const InferredTriple& one : infer(triples, english()->rules)) {
      EXPECT_TRUE(found.insert(one.triple).second);
      EXPECT_FALSE(one.premises.empty());
      for (const std::size_t premise : one.premises) EXPECT_LT(premise, triples.size());
      ++inferred;
    }
    EXPECT_EQ(found, slow_closure(given));
  }
  EXPECT_GT(inferred, 300U);
}

class QueryAndInferTest : public ::testing::Test {
 protected:
  QueryAndInferTest() {
    StoreOptions options;
    options.folder = folder_ / "memory";
    options.clock = ticking_clock();
    store_ = std::make_unique<Store>(options);
  }
  FactId add(const std::string& subject, const std::string& relation, const std::string& object) {
    Statement statement;
    statement.triple = {subject, relation, object};
    statement.source.author = "user";
    return store_->add(std::span(&statement, 1)).front();
  }
  std::vector<std::string> answers(const Query& query, const QueryOptions& options = {}) const {
    std::vector<std::string> answers;
    for (const QueryMatch& match : inferring().query(query, options).matches) answers.push_back(match.answer);
    return answers;
  }
  InferringStore inferring() const { return {*store_, english()->rules}; }
  using Answers = std::vector<std::string>;

  ScratchFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(QueryAndInferTest, AnInferredAnswerShowsWhatItFollowsFrom) {
  const FactId within = add("Old Mill", kLocatedIn, "Norvane");
  const FactId country = add("Norvane", "country", "Oru");
  store_->add_alias("Old Mill", "The Mill");
  const Query query{"the mill", "Country", std::nullopt};
  const QueryResult result = inferring().query(query, {});
  ASSERT_EQ(result.outcome, QueryOutcome::kFound);
  EXPECT_TRUE(result.exact);
  ASSERT_EQ(result.matches.size(), 1U);
  const QueryMatch& match = result.matches[0];
  EXPECT_EQ(match.answer, "Oru");
  EXPECT_EQ(match.fact.id, 0);
  EXPECT_EQ(match.fact.subject, "Old Mill");
  ASSERT_EQ(match.premises.size(), 2U);
  EXPECT_EQ(match.premises[0].id, within);
  EXPECT_EQ(match.premises[1].id, country);
  EXPECT_FALSE(match.premises[1].sources.empty());
  EXPECT_EQ(match.stored(), match.premises);
  EXPECT_EQ(answers({std::nullopt, "country", "Oru"}), (Answers{"Norvane", "Old Mill"}));

  QueryOptions stored_only;
  stored_only.infer = false;
  EXPECT_TRUE(answers(query, stored_only).empty());
  EXPECT_EQ(inferring().queries_about("Old Mill", stored_only).size(), 1U);
}

TEST_F(QueryAndInferTest, ACorrectionCountsAtOnce) {
  add("Old Mill", kLocatedIn, "Norvane");
  const FactId country = add("Norvane", "country", "Oru");
  const Query query{"Old Mill", "country", std::nullopt};
  store_->edit(country, std::nullopt, std::nullopt, "Vell", "user");
  EXPECT_EQ(answers(query), Answers{"Vell"});
  const FactId stated = add("Old Mill", "country", "Sarn");
  EXPECT_EQ(answers(query), Answers{"Sarn"});
  // Nor is the mill, whose facts are two steps away, among Vell's.
  EXPECT_EQ(answers({std::nullopt, "country", "Vell"}), Answers{"Norvane"});
  store_->retract(stated, "wrong", "user");
  EXPECT_EQ(answers(query), Answers{"Vell"});
  FactFilter of_norvane;
  of_norvane.subject = "Norvane";
  store_->retract(store_->list(of_norvane).at(0).id, "wrong", "user");
  EXPECT_TRUE(answers(query).empty());
}

TEST_F(QueryAndInferTest, WhatWasBelievedThenIsInferredFromThen) {
  add("Old Mill", kLocatedIn, "Norvane");
  const FactId country = add("Norvane", "country", "Oru");
  QueryOptions then;
  then.as_of = store_->get(country)->recorded_at;
  store_->edit(country, std::nullopt, std::nullopt, "Vell", "user");
  EXPECT_EQ(answers({"Old Mill", "country", std::nullopt}, then), Answers{"Oru"});
}

TEST_F(QueryAndInferTest, MoreAnswersThanWantedIsTooBroad) {
  for (int i = 0; i < 40; ++i) add("Town " + std::to_string(i), "capital of", "Oru");
  QueryOptions options;
  options.max_results = 30;
  const Query query{"Oru", "capital", std::nullopt};
  EXPECT_EQ(inferring().query(query, options).outcome, QueryOutcome::kTooBroad);
  EXPECT_EQ(answers(query, options).size(), 30U);
  // What is stored is not lost among them.
  add("Oru", "capital", "Tessel");
  EXPECT_EQ(inferring().query(query, options).outcome, QueryOutcome::kFound);
  EXPECT_EQ(answers(query, options).size(), 30U);
  EXPECT_EQ(answers(query, options)[0], "Tessel");
}

TEST_F(QueryAndInferTest, OfAHubTheOldFactsCountToo) {
  add("Oru", "capital", "Tessel");
  add("Oru", "continent", "Meridia");
  std::vector<Statement> towns(2'000);
  for (std::size_t i = 0; i < towns.size(); ++i) towns[i].triple = {"Town " + std::to_string(i), "country", "Oru"};
  store_->add(towns);
  EXPECT_EQ(answers({"Tessel", kLocatedIn, std::nullopt}), Answers{"Oru"});
  EXPECT_EQ(answers({"Oru", "capital", std::nullopt}), Answers{"Tessel"});
  EXPECT_EQ(answers({"Town 0", kLocatedIn, std::nullopt}), Answers{"Oru"});
  const QueryResult within = inferring().query({std::nullopt, kLocatedIn, "Oru"}, {});
  EXPECT_EQ(within.outcome, QueryOutcome::kTooBroad);
  EXPECT_EQ(within.matches.size(), 30U);
}

// Asking the store from either side gives what follows from all its facts.
TEST_F(QueryAndInferTest, QueriesFindWhatFollowsFromAllFacts) {
  std::mt19937 random(7);
  const std::vector<std::string> names = {"Ada", "Bo", "Cy", "Di", "Ed", "Fay", "Gus", "Hal"};
  const std::set<std::string> asked(english()->rules.relations().begin(), english()->rules.relations().end());
  const std::vector<std::string> relations(asked.begin(), asked.end());
  std::vector<Triple> given;
  for (int i = 0; i < 40; ++i) {
    given.push_back({names[random() % names.size()], relations[random() % relations.size()], names[random() % names.size()]});
    add(given.back().subject, given.back().relation, given.back().object);
  }
  std::set<Triple> expected, from_subjects, from_objects;
  for (const InferredTriple& one : infer(given, english()->rules)) expected.insert(one.triple);
  EXPECT_GT(expected.size(), 20U);
  const auto ask = [&](const Query& query, std::set<Triple>& found) {
    for (const QueryMatch& match : inferring().query(query, {}).matches) {
      if (!match.premises.empty()) found.insert({match.fact.subject, match.fact.relation, match.fact.object});
    }
  };
  for (const std::string& name : names) {
    for (const std::string& relation : relations) {
      ask({name, relation, std::nullopt}, from_subjects);
      ask({std::nullopt, relation, name}, from_objects);
    }
  }
  EXPECT_EQ(from_subjects, expected);
  EXPECT_EQ(from_objects, expected);
}

TEST_F(QueryAndInferTest, QueriesAboutANameAreThoseWithAnAnswer) {
  std::mt19937 random(5);
  std::vector<std::string> relations;
  for (const RelationRule& rule : english()->rules.all()) relations.push_back(name_of(rule.relation));
  const std::vector<std::string> names = {"Ada", "Bo", "Cy", "Di", "Ed", "Fay", "Gus"};
  for (int i = 0; i < 25; ++i) add(names[random() % names.size()], relations[random() % relations.size()], names[random() % names.size()]);
  const std::set<std::string> asked(english()->rules.relations().begin(), english()->rules.relations().end());
  std::size_t inferred = 0;
  for (const std::string& name : names) {
    std::set<std::pair<std::string, bool>> expected, queries;
    for (const std::string& relation : asked) {
      if (!answers({name, relation, std::nullopt}).empty()) expected.emplace(relation, true);
      if (!answers({std::nullopt, relation, name}).empty()) expected.emplace(relation, false);
    }
    for (const Query& query : inferring().queries_about(name, {})) {
      EXPECT_TRUE(queries.emplace(query.relation, query.subject.has_value()).second);
    }
    EXPECT_EQ(queries, expected) << name;
    inferred += queries.size() - store_->queries_about(name, {}).size();
  }
  EXPECT_GT(inferred, 10U);
  EXPECT_TRUE(inferring().queries_about("Nobody", {}).empty());
}

}  // namespace
}  // namespace memllm
