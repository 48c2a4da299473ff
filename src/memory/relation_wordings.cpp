#include "memory/relation_wordings.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "memllm/error.h"
#include "relation_wordings_table.h"  // made of relation_wordings.tsv by CMake

namespace memllm {
namespace {

WordingKind kind_of(std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames = {"question_object", "question_subject", "phrase_object", "phrase_subject"};
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) throw Error(ErrorKind::kInternal, "relation_wordings.tsv: no kind \"" + std::string(name) + "\"");
  return static_cast<WordingKind>(found - kNames.begin());
}

std::string about_placeholder(std::string text) {
  const std::size_t at = text.find("{}");
  if (at == std::string::npos) throw Error(ErrorKind::kInternal, "relation_wordings.tsv: no {} in \"" + text + "\"");
  return text.replace(at, 2, kNamePlaceholder);
}

std::vector<RelationWordings> read_table() {
  std::vector<RelationWordings> relations;
  std::istringstream in{std::string(kRelationWordingsTable)};
  for (std::string relation, kind, text; std::getline(in, relation, '\t') && std::getline(in, kind, '\t') && std::getline(in, text);) {
    if (relations.empty() || relations.back().relation != relation) relations.push_back({relation, {}, {}});
    if (kind == "inverse") {
      relations.back().inverses.push_back(text);
    } else {
      relations.back().texts[static_cast<std::size_t>(kind_of(kind))].push_back(about_placeholder(text));
    }
  }
  return relations;
}

}  // namespace

std::span<const RelationWordings> worded_relations() {
  static const std::vector<RelationWordings> relations = read_table();
  return relations;
}

const RelationWordings* find_wordings(const std::string& relation) {
  const std::string name = normalise_name(relation);
  const auto all = worded_relations();
  const auto found = std::ranges::lower_bound(all, name, {}, &RelationWordings::relation);
  return found != all.end() && found->relation == name ? &*found : nullptr;
}

RelationWordings generic_wordings(const std::string& relation) {
  const std::string name = normalise_name(relation);
  const std::string x = kNamePlaceholder;
  return {relation,
          {{{"What is the " + name + " of " + x + "?", "Who is the " + name + " of " + x + "?", "What " + name + " does " + x + " have?"},
            {"What has " + x + " as its " + name + "?", "Whose " + name + " is " + x + "?"},
            {"the " + name + " of " + x, x + "'s " + name},
            {"the one whose " + name + " is " + x}}},
          {}};
}

}  // namespace memllm
