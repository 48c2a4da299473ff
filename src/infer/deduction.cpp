#include "infer/deduction.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace memllm {
namespace {

Side other_side(Side side) { return side == Side::kSubject ? Side::kObject : Side::kSubject; }

std::vector<FactId> joined(const std::vector<FactId>& first, const std::vector<FactId>& second) {
  std::vector<FactId> all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

}  // namespace

// One question at work.
struct Deduction::Asked {
  Asked(EntityId about, Side at, RuleRelation by, std::size_t round, std::size_t enough, const std::vector<Conclusion>& earlier)
      : entity(about), side(at), relation(by), rounds(round), limit(enough) {
    for (const Conclusion& conclusion : earlier) known.insert(conclusion.other);
  }
  bool is_enough() const { return known.size() + found.size() >= limit; }

  EntityId entity;
  Side side;
  RuleRelation relation;
  std::size_t rounds;
  std::size_t limit;           // of others, earlier ones too
  std::set<EntityId> known;    // from earlier rounds
  bool only_restated = false;  // nothing else may be concluded
  Others found;
};

const std::vector<Conclusion>& Deduction::find(EntityId entity, Side side, RuleRelation relation, std::size_t rounds) {
  const auto [slot, is_new] = known_.try_emplace({entity, side, relation, rounds});
  std::vector<Conclusion>& all = slot->second;
  if (!is_new) return all;
  if (rounds == 0) return all = stored(entity, side, relation);
  all = find(entity, side, relation, rounds - 1);
  Others found = conclude({entity, side, relation, rounds, limit_, all});
  const auto earlier = static_cast<std::ptrdiff_t>(all.size());
  for (auto& [other, conclusion] : found) all.push_back(std::move(conclusion));
  std::ranges::stable_sort(all.begin() + earlier, all.end(), std::greater<>(), &Conclusion::confidence);
  if (all.size() > limit_) all.resize(limit_);
  return all;
}

bool Deduction::any(EntityId entity, Side side, RuleRelation relation) {
  const std::vector<Conclusion>& earlier = find(entity, side, relation, kRounds - 1);
  return !earlier.empty() || !conclude({entity, side, relation, kRounds, 1, earlier}).empty();
}

Deduction::Others Deduction::conclude(Asked asked) {
  asked.only_restated = asked.side == Side::kSubject && source_.has(asked.entity, asked.side, asked.relation);
  for (const RelationRule& rule : rules_.with_head(asked.relation)) {
    if (asked.is_enough()) break;
    apply(rule, asked);
  }
  return std::move(asked.found);
}

std::vector<Conclusion> Deduction::stored(EntityId entity, Side side, RuleRelation relation) {
  std::vector<Conclusion> all;
  std::set<EntityId> seen = {entity};
  if (!source_.has(entity, side, relation)) return all;
  for (const Edge& edge : source_.facts(entity, side, relation, limit_)) {
    if (seen.insert(edge.other).second) all.push_back({edge.other, {edge.fact}});
  }
  return all;
}

void Deduction::apply(const RelationRule& rule, Asked& asked) {
  if (rule.kind == RuleKind::kComposed) return apply_composed(rule, asked);
  const bool inverse = rule.kind == RuleKind::kInverse;
  if (asked.only_restated && !inverse) return;
  const Side side = inverse ? other_side(asked.side) : asked.side;
  for (const Conclusion& premise : find(asked.entity, side, rule.relation, asked.rounds - 1)) {
    Conclusion conclusion = premise;
    conclusion.confidence *= rule.confidence;
    conclusion.restated = inverse && premise.restated;
    if (inverse) std::ranges::reverse(conclusion.premises);
    add(std::move(conclusion), asked);
  }
}

void Deduction::apply_composed(const RelationRule& rule, Asked& asked) {
  if (asked.only_restated) return;
  const bool forward = asked.side == Side::kSubject;
  for (const Conclusion& near : find(asked.entity, asked.side, forward ? rule.relation : rule.second, asked.rounds - 1)) {
    for (const Conclusion& far : find(near.other, asked.side, forward ? rule.second : rule.relation, asked.rounds - 1)) {
      Conclusion conclusion;
      conclusion.other = far.other;
      conclusion.premises = forward ? joined(near.premises, far.premises) : joined(far.premises, near.premises);
      conclusion.confidence = near.confidence * far.confidence * rule.confidence;
      conclusion.restated = false;
      add(std::move(conclusion), asked);
      if (asked.is_enough()) return;
    }
  }
}

void Deduction::add(Conclusion conclusion, Asked& asked) {
  if (conclusion.other == asked.entity || asked.known.contains(conclusion.other)) return;
  if (!conclusion.restated &&
      (asked.only_restated || (asked.side == Side::kObject && source_.has(conclusion.other, Side::kSubject, asked.relation)))) {
    return;
  }
  conclusion.rounds = asked.rounds;
  const auto [known, is_new] = asked.found.try_emplace(conclusion.other, conclusion);
  const auto rank = [](const Conclusion& one) { return std::pair(one.restated, one.confidence); };
  if (!is_new && rank(known->second) < rank(conclusion)) known->second = std::move(conclusion);
}

}  // namespace memllm
