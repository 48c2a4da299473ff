// By which facts follow from facts: rules about what relations mean.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace memllm {

enum class RuleKind {
  kInverse,   // (a, relation, b) → (b, head, a)
  kImplied,   // (a, relation, b) → (a, head, b)
  kComposed,  // (a, relation, b), (b, second, c) → (a, head, c), for a ≠ c
};

using RuleRelation = std::size_t;  // number of a relation that is in a rule

struct RelationRule {
  RuleKind kind = RuleKind::kInverse;
  RuleRelation relation = 0;
  RuleRelation second = 0;  // kComposed only
  RuleRelation head = 0;
  double confidence = 1;  // in how many of the cases in which the body holds the head does, among the training documents' labels
};

// relation_rules.tsv, found by tools/relation_rules.py.
std::span<const RelationRule> relation_rules();
// Inverses first, then the most confident.
std::span<const RelationRule* const> rules_with_head(RuleRelation relation);
// The relations' names by number, as normalise_name leaves them.
std::span<const std::string> rule_relations();
// nullopt: no rule speaks of it. name: as normalise_name leaves it.
std::optional<RuleRelation> find_rule_relation(const std::string& name);

}  // namespace memllm
