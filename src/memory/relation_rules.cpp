#include "memory/relation_rules.h"

#include <map>
#include <sstream>
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

std::vector<RelationRule> read_table() {
  std::vector<RelationRule> rules;
  std::istringstream in{std::string(kRelationRulesTable)};
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string kind, confidence;
    RelationRule rule;
    std::getline(fields, kind, '\t');
    std::getline(fields, rule.relation, '\t');
    std::getline(fields, rule.second, '\t');
    std::getline(fields, rule.head, '\t');
    std::getline(fields, confidence, '\t');
    rule.kind = kind_of(kind);
    rule.confidence = std::stod(confidence);
    for (std::string* name : {&rule.relation, &rule.second, &rule.head}) *name = normalise_name(*name);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

std::span<const RelationRule> relation_rules() {
  static const std::vector<RelationRule> rules = read_table();
  return rules;
}

}  // namespace memllm
