#include "infer/inference.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/name.h"
#include "infer/deduction.h"
#include "language/relation_rules.h"

namespace memllm {
namespace {

// From an entity, how many others are looked for by each relation.
constexpr std::size_t kMaxOthers = 32;

// Triples by names; an entity is the number of its name, a fact that of its triple.
class GivenTriples : public PremiseSource {
 public:
  GivenTriples(std::span<const Triple> triples, const RelationRules& rules) {
    for (std::size_t i = 0; i < triples.size(); ++i) {
      const EntityId subject = number_of(triples[i].subject), object = number_of(triples[i].object);
      const auto relation = rules.find(Name(triples[i].relation));
      if (!relation) continue;
      const auto fact = static_cast<FactId>(i);
      facts_[{subject, Side::kSubject, *relation}].push_back({fact, object});
      facts_[{object, Side::kObject, *relation}].push_back({fact, subject});
    }
  }

  bool has(EntityId entity, Side side, RuleRelation relation) override { return facts_.contains({entity, side, relation}); }

  std::vector<Edge> facts(EntityId entity, Side side, RuleRelation relation, std::size_t limit) override {
    std::vector<Edge> facts = facts_[{entity, side, relation}];
    if (facts.size() > limit) facts.resize(limit);
    return facts;
  }

  // As first given, by number.
  const std::vector<std::string>& names() const { return names_; }

 private:
  EntityId number_of(const std::string& name) {
    const auto [known, is_new] = numbers_.try_emplace(Name(name), static_cast<EntityId>(names_.size()));
    if (is_new) names_.push_back(name);
    return known->second;
  }

  std::vector<std::string> names_;
  std::map<Name, EntityId> numbers_;
  std::map<std::tuple<EntityId, Side, RuleRelation>, std::vector<Edge>> facts_;
};

class StoredFacts : public PremiseSource {
 public:
  StoredFacts(FactGraph& graph, const RelationRules& rules) : graph_(graph), rules_(rules) {}

  bool has(EntityId entity, Side side, RuleRelation relation) override { return relations_of(entity, side).contains(relation); }

  std::vector<Edge> facts(EntityId entity, Side side, RuleRelation relation, std::size_t limit) override {
    const auto& relations = relations_of(entity, side);
    const auto found = relations.find(relation);
    return found == relations.end() ? std::vector<Edge>() : graph_.edges(entity, side, found->second, limit);
  }

 private:
  const std::map<RuleRelation, RelationId>& relations_of(EntityId entity, Side side) {
    const auto [known, is_new] = relations_.try_emplace({entity, side});
    if (!is_new) return known->second;
    for (const RelationId relation : graph_.relations(entity, side)) {
      if (const auto in_rules = in_rules_of(relation)) known->second.emplace(*in_rules, relation);
    }
    return known->second;
  }

  std::optional<RuleRelation> in_rules_of(RelationId relation) {
    const auto [known, is_new] = in_rules_.try_emplace(relation);
    if (is_new) known->second = rules_.find(Name(graph_.relation_name(relation)));
    return known->second;
  }

  FactGraph& graph_;
  const RelationRules& rules_;
  std::map<RelationId, std::optional<RuleRelation>> in_rules_;
  std::map<std::pair<EntityId, Side>, std::map<RuleRelation, RelationId>> relations_;
};

std::size_t limit_for(const QueryOptions& options) { return std::max(kMaxOthers, static_cast<std::size_t>(options.max_results) + 1); }

// A conclusion with names.
struct NamedConclusion {
  Triple triple;
  Conclusion conclusion;
};

// What follows and is not stored, most confident first; nothing if the store has no such name.
std::vector<NamedConclusion> conclusions(const Store& store, const RelationRules& rules, const Query& query, RuleRelation relation,
                                         const QueryOptions& options) {
  std::vector<NamedConclusion> all;
  FactGraph graph(store, options);
  const auto entity = graph.find(query.subject ? *query.subject : *query.object);
  if (!entity) return all;
  const std::string name = graph.name(*entity);
  StoredFacts facts(graph, rules);
  Deduction deduction(facts, rules, limit_for(options));
  for (const Conclusion& one : deduction.find(*entity, query.subject ? Side::kSubject : Side::kObject, relation)) {
    if (one.rounds == 0) continue;
    const std::string other = graph.name(one.other);
    all.push_back({{query.subject ? name : other, rules.relations()[relation], query.subject ? other : name}, one});
  }
  std::ranges::stable_sort(all, std::greater<>(), [](const NamedConclusion& one) { return one.conclusion.confidence; });
  return all;
}

// nullopt: another process has taken a premise away.
std::optional<QueryMatch> match_of(const Store& store, const NamedConclusion& named, const Query& query,
                                   const std::optional<Timestamp>& as_of) {
  QueryMatch match;
  for (const FactId premise : named.conclusion.premises) {
    auto fact = store.get(premise, as_of);
    if (!fact || !fact->active()) return std::nullopt;
    match.premises.push_back(*std::move(fact));
  }
  match.fact.name_space = match.premises[0].name_space;
  match.fact.subject = named.triple.subject;
  match.fact.relation = named.triple.relation;
  match.fact.object = named.triple.object;
  match.answer = query.subject ? named.triple.object : named.triple.subject;
  match.confidence = named.conclusion.confidence;
  return match;
}

}  // namespace

std::vector<InferredTriple> infer(std::span<const Triple> triples, const RelationRules& rules) {
  GivenTriples given(triples, rules);
  Deduction deduction(given, rules, std::numeric_limits<std::size_t>::max());
  std::vector<InferredTriple> inferred;
  for (std::size_t subject = 0; subject < given.names().size(); ++subject) {
    for (RuleRelation relation = 0; relation < rules.relations().size(); ++relation) {
      for (const Conclusion& one : deduction.find(static_cast<EntityId>(subject), Side::kSubject, relation)) {
        if (one.rounds == 0) continue;
        const std::string& object = given.names()[static_cast<std::size_t>(one.other)];
        inferred.push_back({{given.names()[subject], rules.relations()[relation], object},
                            {one.premises.begin(), one.premises.end()},
                            one.confidence,
                            one.restated});
      }
    }
  }
  return inferred;
}

QueryResult InferringStore::query(const Query& query, const QueryOptions& options) const {
  QueryResult result = store_->query(query, options);
  const auto relation = rules_->find(Name(query.relation));
  if (!options.infer || result.outcome == QueryOutcome::kTooBroad || !relation || rules_->with_head(*relation).empty()) return result;
  const auto limit = static_cast<std::size_t>(options.max_results);
  std::set<Name> answers;
  for (const QueryMatch& match : result.matches) answers.insert(Name(match.answer));
  std::vector<QueryMatch> matches;
  for (const NamedConclusion& one : conclusions(*store_, *rules_, query, *relation, options)) {
    if (!answers.insert(Name(query.subject ? one.triple.object : one.triple.subject)).second) continue;
    auto match = answers.size() <= limit ? match_of(*store_, one, query, options.as_of) : std::nullopt;
    if (match) matches.push_back(*std::move(match));
  }
  if (matches.empty()) return result;
  result.exact = result.exact || result.matches.empty();
  result.outcome = result.matches.empty() && answers.size() > limit ? QueryOutcome::kTooBroad : QueryOutcome::kFound;
  const auto behind = std::find_if(result.matches.begin(), result.matches.end(), [](const QueryMatch& match) { return match.score() < 1; });
  result.matches.insert(behind, std::make_move_iterator(matches.begin()), std::make_move_iterator(matches.end()));
  if (result.matches.size() > limit) result.matches.resize(limit);
  return result;
}

std::vector<Query> InferringStore::queries_about(const std::string& entity, const QueryOptions& options) const {
  std::vector<Query> queries = store_->queries_about(entity, options);
  if (!options.infer) return queries;
  std::set<std::pair<std::string, bool>> seen;  // relation's key, and whether the entity is its subject
  for (const Query& query : queries) seen.emplace(normalised(query.relation), query.subject.has_value());
  FactGraph graph(*store_, options);
  const auto id = graph.find(entity);
  if (!id) return queries;
  StoredFacts facts(graph, *rules_);
  Deduction deduction(facts, *rules_, limit_for(options));
  for (RuleRelation relation = 0; relation < rules_->relations().size(); ++relation) {
    const std::string& name = rules_->relations()[relation];
    for (const Side side : {Side::kSubject, Side::kObject}) {
      const bool as_subject = side == Side::kSubject;
      if (seen.contains({name, as_subject}) || !deduction.any(*id, side, relation)) continue;
      Query query{std::nullopt, name, std::nullopt};
      (as_subject ? query.subject : query.object) = entity;
      queries.push_back(std::move(query));
    }
  }
  return queries;
}

}  // namespace memllm
