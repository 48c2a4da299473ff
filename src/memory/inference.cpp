#include "memory/inference.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "memory/relation_rules.h"

namespace memllm {
namespace {

constexpr std::size_t kRounds = 2;
// What is looked at around an entity: of a hub, the newest.
constexpr std::size_t kMaxFacts = 256;      // of an entity
constexpr std::size_t kMaxNeighbours = 64;  // whose facts are looked at too

// A triple by normalised names.
using Key = std::tuple<std::string, std::string, std::string>;

Key key_of(const Triple& triple) {
  return {normalise_name(triple.subject), normalise_name(triple.relation), normalise_name(triple.object)};
}

struct Rules {
  std::multimap<std::string, const RelationRule*> single;                            // inverse, implied
  std::multimap<std::pair<std::string, std::string>, const RelationRule*> composed;  // by relation and second
  std::set<std::string> bodies;                                                      // their relations
  std::set<std::string> heads;
};

const Rules& rules() {
  static const Rules known = [] {
    Rules all;
    for (const RelationRule& rule : relation_rules()) {
      all.bodies.insert(rule.relation);
      all.heads.insert(rule.head);
      if (rule.kind == RuleKind::kComposed) {
        all.bodies.insert(rule.second);
        all.composed.emplace(std::pair(rule.relation, rule.second), &rule);
      } else {
        all.single.emplace(rule.relation, &rule);
      }
    }
    return all;
  }();
  return known;
}

// The triples' closure, round by round.
class Closure {
 public:
  explicit Closure(std::span<const Triple> triples) {
    for (std::size_t i = 0; i < triples.size(); ++i) {
      const Key key = key_of(triples[i]);
      const auto& [subject, relation, object] = key;
      names_.try_emplace(subject, triples[i].subject);
      names_.try_emplace(object, triples[i].object);
      stated_.emplace(subject, relation);
      if (subject != object && known_.emplace(key, facts_.size()).second) facts_.push_back({key, {{}, {i}, 1, true}});
    }
    given_ = facts_.size();
  }

  // False: nothing new follows.
  bool advance() {
    found_.clear();
    std::multimap<std::string, std::size_t> by_subject;
    for (std::size_t i = 0; i < facts_.size(); ++i) by_subject.emplace(std::get<0>(facts_[i].key), i);
    for (const Known& fact : facts_) {
      apply_single(fact);
      const auto [begin, end] = by_subject.equal_range(std::get<2>(fact.key));
      for (auto next = begin; next != end; ++next) apply_composed(fact, facts_[next->second]);
    }
    for (auto& [key, inferred] : found_) {
      known_.emplace(key, facts_.size());
      facts_.push_back({key, std::move(inferred)});
    }
    return !found_.empty();
  }

  std::vector<InferredTriple> inferred() const {
    std::vector<InferredTriple> all;
    for (std::size_t i = given_; i < facts_.size(); ++i) {
      const auto& [subject, relation, object] = facts_[i].key;
      all.push_back(facts_[i].derivation);
      all.back().triple = {names_.at(subject), relation, names_.at(object)};
    }
    return all;
  }

 private:
  struct Known {
    Key key;
    InferredTriple derivation;  // without the triple
  };

  void apply_single(const Known& fact) {
    const auto& [subject, relation, object] = fact.key;
    const auto [begin, end] = rules().single.equal_range(relation);
    for (auto at = begin; at != end; ++at) {
      const RelationRule& rule = *at->second;
      InferredTriple derivation = fact.derivation;
      derivation.confidence *= rule.confidence;
      if (rule.kind == RuleKind::kInverse) {
        std::reverse(derivation.premises.begin(), derivation.premises.end());
        add({object, rule.head, subject}, std::move(derivation));
      } else {
        derivation.restated = false;
        add({subject, rule.head, object}, std::move(derivation));
      }
    }
  }

  void apply_composed(const Known& first, const Known& second) {
    const auto& [subject, relation, middle] = first.key;
    const std::string& object = std::get<2>(second.key);
    if (subject == object) return;
    const auto [begin, end] = rules().composed.equal_range({relation, std::get<1>(second.key)});
    for (auto at = begin; at != end; ++at) {
      InferredTriple derivation = first.derivation;
      const std::vector<std::size_t>& rest = second.derivation.premises;
      derivation.premises.insert(derivation.premises.end(), rest.begin(), rest.end());
      derivation.confidence *= second.derivation.confidence * at->second->confidence;
      derivation.restated = false;
      add({subject, at->second->head, object}, std::move(derivation));
    }
  }

  void add(Key key, InferredTriple derivation) {
    const auto& [subject, relation, object] = key;
    if (known_.contains(key) || (!derivation.restated && stated_.contains({subject, relation}))) return;
    const auto [known, is_new] = found_.try_emplace(std::move(key), derivation);
    const auto rank = [](const InferredTriple& one) { return std::pair(one.restated, one.confidence); };
    if (!is_new && rank(known->second) < rank(derivation)) known->second = std::move(derivation);
  }

  std::map<std::string, std::string> names_;              // by normalised name, as first given
  std::set<std::pair<std::string, std::string>> stated_;  // subject and relation of the given triples
  std::vector<Known> facts_;                              // the given ones first
  std::size_t given_ = 0;
  std::map<Key, std::size_t> known_;
  std::map<Key, InferredTriple> found_;  // in this round
};

// Whether a rule has the relation in its body.
bool is_premise(const BareFact& fact) { return rules().bodies.contains(normalise_name(fact.triple.relation)); }

// Facts about an entity that are not stored.
struct InferredFacts {
  std::string name;                     // of the entity, as its facts have it
  std::vector<BareFact> premises;       // to which the inferred triples refer
  std::vector<InferredTriple> triples;  // most confident first
};

// Facts by entity, each entity's looked up once.
class Surroundings {
 public:
  Surroundings(const Store& store, const QueryOptions& options) : store_(store), options_(options) {}

  const std::vector<BareFact>& of(const std::string& entity) {
    const auto [known, is_new] = known_.try_emplace(normalise_name(entity));
    if (is_new) known->second = store_.facts_about(entity, options_, kMaxFacts);
    return known->second;
  }

  bool state(const std::string& subject, const std::string& relation) {
    const std::vector<BareFact>& facts = of(subject);
    return std::any_of(facts.begin(), facts.end(), [&](const BareFact& fact) {
      return normalise_name(fact.triple.relation) == relation && normalise_name(fact.triple.subject) == normalise_name(subject);
    });
  }

 private:
  const Store& store_;
  const QueryOptions& options_;
  std::map<std::string, std::vector<BareFact>> known_;
};

// The facts of the entity and of those that these lead to, each once, in so far as something can follow from them.
std::vector<BareFact> premises_around(Surroundings& surroundings, const std::string& entity) {
  std::vector<BareFact> premises;
  std::set<FactId> seen;
  std::set<std::string> neighbours;
  const std::string name = normalise_name(entity);
  const auto take = [&](const BareFact& fact) {
    if (is_premise(fact) && seen.insert(fact.id).second) premises.push_back(fact);
  };
  for (const BareFact& fact : surroundings.of(entity)) {
    take(fact);
    const std::string& other = normalise_name(fact.triple.subject) == name ? fact.triple.object : fact.triple.subject;
    if (is_premise(fact) && neighbours.size() < kMaxNeighbours) neighbours.insert(other);
  }
  for (const std::string& neighbour : neighbours) {
    for (const BareFact& fact : surroundings.of(neighbour)) take(fact);
  }
  return premises;
}

InferredFacts inferred_about(const Store& store, const std::string& entity, const QueryOptions& options) {
  InferredFacts inferred;
  const auto name = store.entity_name(entity);
  if (!name) return inferred;
  inferred.name = *name;
  Surroundings surroundings(store, options);
  inferred.premises = premises_around(surroundings, *name);
  std::vector<Triple> triples;
  triples.reserve(inferred.premises.size());
  for (const BareFact& fact : inferred.premises) triples.push_back(fact.triple);
  inferred.triples = infer(triples);
  std::erase_if(inferred.triples, [&](const InferredTriple& one) {
    if (one.triple.subject != *name && one.triple.object != *name) return true;
    // Not all facts of the subject may be among the premises.
    return !one.restated && surroundings.state(one.triple.subject, one.triple.relation);
  });
  std::ranges::stable_sort(inferred.triples, std::greater<>(), &InferredTriple::confidence);
  return inferred;
}

// nullopt: another process has taken a premise away.
std::optional<QueryMatch> match_of(const Store& store, const InferredFacts& inferred, const InferredTriple& one, const Query& query) {
  QueryMatch match;
  for (const std::size_t premise : one.premises) {
    auto fact = store.get(inferred.premises[premise].id);
    if (!fact) return std::nullopt;
    match.premises.push_back(*std::move(fact));
  }
  match.fact.name_space = match.premises[0].name_space;
  match.fact.subject = one.triple.subject;
  match.fact.relation = one.triple.relation;
  match.fact.object = one.triple.object;
  match.answer = query.subject ? one.triple.object : one.triple.subject;
  match.confidence = one.confidence;
  return match;
}

}  // namespace

std::vector<InferredTriple> infer(std::span<const Triple> triples) {
  Closure closure(triples);
  for (std::size_t round = 0; round < kRounds && closure.advance(); ++round) {
  }
  return closure.inferred();
}

QueryResult query_and_infer(const Store& store, const Query& query, const QueryOptions& options) {
  QueryResult result = store.query(query, options);
  const std::string relation = normalise_name(query.relation);
  if (!options.infer || result.outcome == QueryOutcome::kTooBroad || !rules().heads.contains(relation)) return result;
  const InferredFacts inferred = inferred_about(store, query.subject ? *query.subject : *query.object, options);
  const auto limit = static_cast<std::size_t>(options.max_results);
  std::set<std::string> answers;
  for (const QueryMatch& match : result.matches) answers.insert(normalise_name(match.answer));
  std::vector<QueryMatch> matches;
  for (const InferredTriple& one : inferred.triples) {
    const bool asked = one.triple.relation == relation && (query.subject ? one.triple.subject : one.triple.object) == inferred.name;
    if (!asked || !answers.insert(normalise_name(query.subject ? one.triple.object : one.triple.subject)).second) continue;
    auto match = answers.size() <= limit ? match_of(store, inferred, one, query) : std::nullopt;
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

std::vector<Query> queries_about_and_infer(const Store& store, const std::string& entity, const QueryOptions& options) {
  std::vector<Query> queries = store.queries_about(entity, options);
  if (!options.infer) return queries;
  const InferredFacts inferred = inferred_about(store, entity, options);
  std::set<std::pair<std::string, bool>> seen;  // relation, and whether the entity is its subject
  for (const Query& query : queries) seen.emplace(normalise_name(query.relation), query.subject.has_value());
  for (const InferredTriple& one : inferred.triples) {
    const bool as_subject = one.triple.subject == inferred.name;
    if (!seen.emplace(one.triple.relation, as_subject).second) continue;
    Query query{std::nullopt, one.triple.relation, std::nullopt};
    (as_subject ? query.subject : query.object) = entity;
    queries.push_back(std::move(query));
  }
  return queries;
}

}  // namespace memllm
