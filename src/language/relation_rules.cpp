#include "language/relation_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <string_view>
#include <utility>

#include "base/name.h"
#include "language/pack_file.h"

namespace memllm {
namespace {

RuleKind kind_of(const PackFile& file, const PackRow& row) {
  constexpr std::array<std::string_view, 3> kNames = {"inverse", "implied", "composed"};
  const auto found = std::find(kNames.begin(), kNames.end(), row.fields[0]);
  if (found == kNames.end()) throw file.wrong(row, "there is no kind \"" + row.fields[0] + "\" of rule");
  return static_cast<RuleKind>(found - kNames.begin());
}

double confidence_of(const PackFile& file, const PackRow& row) {
  const std::string& field = row.fields[4];
  double confidence = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), confidence);
  if (error != std::errc() || end != field.data() + field.size() || !(confidence > 0 && confidence <= 1)) {
    throw file.wrong(row, "\"" + field + "\" is no confidence in (0, 1]");
  }
  return confidence;
}

}  // namespace

RelationRules::RelationRules(const std::filesystem::path& path) {
  const PackFile file(path, 5, 5);
  for (const PackRow& row : file.rows()) {
    RelationRule rule;
    rule.kind = kind_of(file, row);
    rule.relation = number_of(row.fields[1]);
    if (rule.kind == RuleKind::kComposed) rule.second = number_of(row.fields[2]);
    rule.head = number_of(row.fields[3]);
    rule.confidence = confidence_of(file, row);
    const bool blank = relations_[rule.relation].empty() || relations_[rule.second].empty() || relations_[rule.head].empty();
    if (blank) throw file.wrong(row, "a relation is missing");
    rules_.push_back(rule);
  }
  by_head_.resize(relations_.size());
  for (const RelationRule& rule : rules_) by_head_[rule.head].push_back(rule);
  for (auto& rules : by_head_) {
    std::ranges::stable_sort(rules, std::greater<>(),
                             [](const RelationRule& rule) { return std::pair(rule.kind == RuleKind::kInverse, rule.confidence); });
  }
}

std::optional<RuleRelation> RelationRules::find(const Name& name) const {
  const auto found = numbers_.find(name.key);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

RuleRelation RelationRules::number_of(const std::string& relation) {
  const auto [known, is_new] = numbers_.try_emplace(normalised(relation), relations_.size());
  if (is_new) relations_.push_back(known->first);
  return known->second;
}

}  // namespace memllm
