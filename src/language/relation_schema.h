// What a language pack knows of relations, beside how people ask about them (relation_wordings.h) and what follows from them
// (relation_rules.h).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/name.h"
#include "memllm/query.h"

namespace memllm {

// How many objects one subject has by a relation: only ever one; one, which a later one replaces; or several beside each other.
enum class ValueCount { kOne, kOneAtATime, kMany };

struct RelationKind {
  std::string name;                   // a key (Name::key)
  std::string id;                     // of Wikidata's property ("P19"); empty: it has none
  std::vector<std::string> subjects;  // kinds of things: "person", "place", … (docs/formats.md)
  std::vector<std::string> objects;
  ValueCount values = ValueCount::kMany;
  // Queries that nobody should ask, because their answers are too many or too vague (paper §4, SKIP_QUERIES): those that name the object
  // ("who was born in …?"), or the subject.
  bool vague_by_object = false;
  bool vague_by_subject = false;
};

// Of a pack's relations.tsv. Thread rule: immutable after construction.
class RelationSchema {
 public:
  // Throws kNotFound, kCorrupt.
  explicit RelationSchema(const std::filesystem::path& file);

  std::span<const RelationKind> all() const { return kinds_; }  // sorted by name
  const RelationKind* find(const Name& relation) const;         // null: not known
  bool is_ambiguous(const Query& query) const;                  // RelationKind::vague_…
  const std::map<std::string, std::string>& names_by_id() const { return names_by_id_; }

 private:
  std::vector<RelationKind> kinds_;
  std::map<std::string, std::string> names_by_id_;
};

}  // namespace memllm
