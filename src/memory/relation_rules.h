// By which facts follow from facts: rules about what relations mean.
#pragma once

#include <span>
#include <string>

namespace memllm {

enum class RuleKind {
  kInverse,   // (a, relation, b) → (b, head, a)
  kImplied,   // (a, relation, b) → (a, head, b)
  kComposed,  // (a, relation, b), (b, second, c) → (a, head, c), for a ≠ c
};

struct RelationRule {
  RuleKind kind = RuleKind::kInverse;
  std::string relation;
  std::string second;  // kComposed only
  std::string head;
  double confidence = 1;  // in how many of the cases in which the body holds the head does, among the training documents' labels
};

// relation_rules.tsv, found by tools/relation_rules.py; relations as normalise_name leaves them.
std::span<const RelationRule> relation_rules();

}  // namespace memllm
