// By which facts follow from facts: rules about what relations mean.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/name.h"

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

// Of a pack's rules.tsv (the English one was found by tools/relation_rules.py). Thread rule: immutable after construction.
class RelationRules {
 public:
  // Throws kNotFound, kCorrupt.
  explicit RelationRules(const std::filesystem::path& file);

  std::span<const RelationRule> all() const { return rules_; }
  // Inverses first, then the most confident.
  std::span<const RelationRule> with_head(RuleRelation relation) const { return by_head_[relation]; }
  // The relations' keys by number (Name::key).
  std::span<const std::string> relations() const { return relations_; }
  std::optional<RuleRelation> find(const Name& name) const;  // nullopt: no rule speaks of it

 private:
  RuleRelation number_of(const std::string& relation);

  std::vector<RelationRule> rules_;
  std::vector<std::string> relations_;
  std::map<std::string, RuleRelation> numbers_;
  std::vector<std::vector<RelationRule>> by_head_;
};

}  // namespace memllm
