#include "memory/relation_rules.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "base/text.h"
#include "memllm/error.h"
#include "relation_rules_table.h"  // made of relation_rules.tsv by CMake

namespace memllm {
namespace {

RuleKind kind_of(const std::string& name) {
  static const std::map<std::string, RuleKind> kinds = {
      {"inverse", RuleKind::kInverse}, {"implied", RuleKind::kImplied}, {"composed", RuleKind::kComposed}};
  const auto found = kinds.find(name);
  if (found == kinds.end()) throw Error(ErrorKind::kInternal, "relation_rules.tsv: no kind \"" + name + "\"");
  return found->second;
}

struct Table {
  std::vector<RelationRule> rules;
  std::vector<std::string> relations;
  std::map<std::string, RuleRelation> numbers;
  std::vector<std::vector<const RelationRule*>> by_head;
};

RuleRelation number_of(const std::string& relation, Table& table) {
  const auto [known, is_new] = table.numbers.try_emplace(normalise_name(relation), table.relations.size());
  if (is_new) table.relations.push_back(known->first);
  return known->second;
}

Table read_table() {
  Table table;
  std::istringstream in{std::string(kRelationRulesTable)};
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string kind, relation, second, head, confidence;
    std::getline(fields, kind, '\t');
    std::getline(fields, relation, '\t');
    std::getline(fields, second, '\t');
    std::getline(fields, head, '\t');
    std::getline(fields, confidence, '\t');
    RelationRule rule;
    rule.kind = kind_of(kind);
    rule.relation = number_of(relation, table);
    if (rule.kind == RuleKind::kComposed) rule.second = number_of(second, table);
    rule.head = number_of(head, table);
    rule.confidence = std::stod(confidence);
    table.rules.push_back(rule);
  }
  table.by_head.resize(table.relations.size());
  for (const RelationRule& rule : table.rules) table.by_head[rule.head].push_back(&rule);
  for (auto& rules : table.by_head) {
    std::ranges::stable_sort(rules, std::greater<>(),
                             [](const RelationRule* rule) { return std::pair(rule->kind == RuleKind::kInverse, rule->confidence); });
  }
  return table;
}

const Table& table() {
  static const Table read = read_table();
  return read;
}

}  // namespace

std::span<const RelationRule> relation_rules() { return table().rules; }

std::span<const RelationRule* const> rules_with_head(RuleRelation relation) { return table().by_head[relation]; }

std::span<const std::string> rule_relations() { return table().relations; }

std::optional<RuleRelation> find_rule_relation(const std::string& name) {
  const auto found = table().numbers.find(name);
  return found == table().numbers.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace memllm
