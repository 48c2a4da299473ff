#include "language/relation_schema.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/name.h"
#include "language/pack_file.h"

namespace memllm {
namespace {

constexpr std::array<std::string_view, 10> kThings = {"any",   "event", "number", "organisation", "person",
                                                      "place", "text",  "thing",  "time",         "work"};

std::vector<std::string> things(const PackFile& file, const PackRow& row, std::string_view field) {
  std::vector<std::string> kinds;
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(','), field.size());
    kinds.emplace_back(field.substr(0, end));
    if (std::ranges::find(kThings, kinds.back()) == kThings.end())
      throw file.wrong(row, "there is no kind \"" + kinds.back() + "\" of thing");
    field.remove_prefix(std::min(end + 1, field.size()));
  }
  if (kinds.empty()) throw file.wrong(row, "a kind of thing is missing");
  return kinds;
}

ValueCount value_count(const PackFile& file, const PackRow& row) {
  constexpr std::array<std::string_view, 3> kNames = {"one", "one-at-a-time", "many"};
  const auto found = std::ranges::find(kNames, row.fields[4]);
  if (found == kNames.end()) throw file.wrong(row, "values are one, one-at-a-time or many, not \"" + row.fields[4] + "\"");
  return static_cast<ValueCount>(found - kNames.begin());
}

RelationKind kind_of(const PackFile& file, const PackRow& row) {
  RelationKind kind;
  kind.name = row.fields[0];
  if (normalised(kind.name) != kind.name) throw file.wrong(row, "write the relation \"" + normalised(kind.name) + "\"");
  kind.id = row.fields[1] == "-" ? "" : row.fields[1];
  kind.subjects = things(file, row, row.fields[2]);
  kind.objects = things(file, row, row.fields[3]);
  kind.values = value_count(file, row);
  kind.vague_by_object = row.fields[5] == "not-by-object";
  kind.vague_by_subject = row.fields[5] == "not-by-subject";
  if (!kind.vague_by_object && !kind.vague_by_subject && row.fields[5] != "both") {
    throw file.wrong(row, "asked is both, not-by-object or not-by-subject, not \"" + row.fields[5] + "\"");
  }
  return kind;
}

}  // namespace

RelationSchema::RelationSchema(const std::filesystem::path& path) {
  const PackFile file(path, 6, 6);
  for (const PackRow& row : file.rows()) {
    RelationKind kind = kind_of(file, row);
    if (!kinds_.empty() && kind.name <= kinds_.back().name) throw file.wrong(row, "relations must be sorted, none twice");
    if (!kind.id.empty() && !names_by_id_.emplace(kind.id, kind.name).second) throw file.wrong(row, kind.id + " comes twice");
    kinds_.push_back(std::move(kind));
  }
}

const RelationKind* RelationSchema::find(const Name& relation) const {
  const auto found = std::ranges::lower_bound(kinds_, relation.key, {}, &RelationKind::name);
  return found != kinds_.end() && found->name == relation.key ? &*found : nullptr;
}

bool RelationSchema::is_ambiguous(const Query& query) const {
  const RelationKind* kind = find(Name(query.relation));
  return kind != nullptr && (query.object ? kind->vague_by_object : kind->vague_by_subject);
}

}  // namespace memllm
