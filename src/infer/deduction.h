// Concludes facts by the rules about relations (relation_rules.h), backwards: only what was asked for, and of an entity with very many
// facts only some of the conclusions.
#pragma once

#include <cstddef>
#include <map>
#include <tuple>
#include <vector>

#include "language/relation_rules.h"
#include "memllm/fact.h"
#include "store/fact_graph.h"

namespace memllm {

// Facts to conclude from.
class PremiseSource {
 public:
  virtual ~PremiseSource() = default;
  // Whether there is a fact with the relation and the entity on that side.
  virtual bool has(EntityId entity, Side side, RuleRelation relation) = 0;
  // At most limit of these facts.
  virtual std::vector<Edge> facts(EntityId entity, Side side, RuleRelation relation, std::size_t limit) = 0;
};

// A fact that holds between the entity asked about and another.
struct Conclusion {
  EntityId other = 0;
  std::vector<FactId> premises;  // in the order of the steps from the subject; one that is stored: itself
  std::size_t rounds = 0;        // 0: it is stored
  double confidence = 1;         // product of the rules'
  bool restated = true;          // the same fact said the other way round, by inverses alone
};

class Deduction {
 public:
  // limit: how many others are looked for, from each entity, side and relation. source and rules must outlive this.
  Deduction(PremiseSource& source, const RelationRules& rules, std::size_t limit) : source_(source), rules_(rules), limit_(limit) {}

  // The others between which and the entity the relation holds, stored ones first, then by rounds, then the most confident; each by one
  // derivation: of those in the earliest round the restated, then the most confident. A conclusion that is not merely restated is left
  // out where its subject has a stored fact with the relation. Never the entity itself.
  const std::vector<Conclusion>& find(EntityId entity, Side side, RuleRelation relation) { return find(entity, side, relation, kRounds); }
  // Whether find() finds any; takes less time.
  bool any(EntityId entity, Side side, RuleRelation relation);

 private:
  static constexpr std::size_t kRounds = 2;

  using Others = std::map<EntityId, Conclusion>;
  struct Asked;
  const std::vector<Conclusion>& find(EntityId entity, Side side, RuleRelation relation, std::size_t rounds);
  std::vector<Conclusion> stored(EntityId entity, Side side, RuleRelation relation);
  // What the rules conclude in this round, until there are so many.
  Others conclude(Asked asked);
  void apply(const RelationRule& rule, Asked& asked);
  void apply_composed(const RelationRule& rule, Asked& asked);
  void add(Conclusion conclusion, Asked& asked);

  PremiseSource& source_;
  const RelationRules& rules_;
  std::size_t limit_;
  std::map<std::tuple<EntityId, Side, RuleRelation, std::size_t>, std::vector<Conclusion>> known_;
};

}  // namespace memllm
