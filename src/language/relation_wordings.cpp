#include "language/relation_wordings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/name.h"
#include "language/pack_file.h"

namespace memllm {
namespace {

constexpr std::string_view kInverse = "inverse";
constexpr std::string_view kRelationPlaceholder = "{relation}";

WordingKind kind_of(const PackFile& file, const PackRow& row, std::string_view name) {
  constexpr std::array<std::string_view, 4> kNames = {"question_object", "question_subject", "phrase_object", "phrase_subject"};
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) throw file.wrong(row, "there is no kind \"" + std::string(name) + "\" of wording");
  return static_cast<WordingKind>(found - kNames.begin());
}

std::string about_placeholder(const PackFile& file, const PackRow& row, std::string text) {
  const std::size_t at = text.find("{}");
  if (at == std::string::npos) throw file.wrong(row, "no {} in \"" + text + "\"");
  return text.replace(at, 2, kNamePlaceholder);
}

std::vector<RelationWordings> read_wordings(const PackFile& file) {
  std::vector<RelationWordings> relations;
  for (const PackRow& row : file.rows()) {
    const std::string& relation = row.fields[0];
    if (normalised(relation) != relation) throw file.wrong(row, "write the relation \"" + normalised(relation) + "\"");
    if (!relations.empty() && relation < relations.back().relation) throw file.wrong(row, "relations must be sorted");
    if (relations.empty() || relations.back().relation != relation) relations.push_back({relation, {}, {}});
    if (row.fields[1] == kInverse) {
      relations.back().inverses.push_back(row.fields[2]);
    } else {
      const WordingKind kind = kind_of(file, row, row.fields[1]);
      relations.back().texts[static_cast<std::size_t>(kind)].push_back(about_placeholder(file, row, row.fields[2]));
    }
  }
  const auto is_known = [&](const std::string& name) {
    return std::ranges::binary_search(relations, name, {}, &RelationWordings::relation);
  };
  for (const PackRow& row : file.rows()) {
    if (row.fields[1] == kInverse && !is_known(row.fields[2])) throw file.wrong(row, "\"" + row.fields[2] + "\" has no wordings");
  }
  return relations;
}

RelationWordings read_generic(const PackFile& file) {
  RelationWordings generic;
  for (const PackRow& row : file.rows()) {
    if (row.fields[1].find(kRelationPlaceholder) == std::string::npos) throw file.wrong(row, "no {relation} in \"" + row.fields[1] + "\"");
    const WordingKind kind = kind_of(file, row, row.fields[0]);
    generic.texts[static_cast<std::size_t>(kind)].push_back(about_placeholder(file, row, row.fields[1]));
  }
  return generic;
}

}  // namespace

WordingTable::WordingTable(const std::filesystem::path& wordings, const std::filesystem::path& generic)
    : relations_(read_wordings(PackFile(wordings, 3, 3))), generic_(read_generic(PackFile(generic, 2, 2))) {
  for (const WordingKind kind : {WordingKind::kObjectQuestion, WordingKind::kSubjectQuestion, WordingKind::kObjectPhrase}) {
    if (generic_.of(kind).empty()) throw Error(ErrorKind::kCorrupt, generic.string() + ": a kind of wording is missing");
  }
}

std::vector<std::string> WordingTable::relations() const {
  std::vector<std::string> names;
  for (const RelationWordings& worded : relations_) names.push_back(worded.relation);
  return names;
}

const RelationWordings* WordingTable::find(const Name& relation) const {
  const auto found = std::ranges::lower_bound(relations_, relation.key, {}, &RelationWordings::relation);
  return found != relations_.end() && found->relation == relation.key ? &*found : nullptr;
}

RelationWordings WordingTable::generic(const Name& relation) const {
  RelationWordings wordings = generic_;
  wordings.relation = relation.text;
  for (auto& texts : wordings.texts) {
    for (std::string& text : texts) text.replace(text.find(kRelationPlaceholder), kRelationPlaceholder.size(), relation.key);
  }
  return wordings;
}

}  // namespace memllm
