// How people ask about relations, in words.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/name.h"

namespace memllm {

// Questions for, and noun phrases of, the object of a fact whose subject is named, or the subject of one whose object is.
enum class WordingKind { kObjectQuestion, kSubjectQuestion, kObjectPhrase, kSubjectPhrase };

// Texts in which kNamePlaceholder stands for the entity that is named: "Who directed X?", "the director of X".
struct RelationWordings {
  std::string relation;
  std::array<std::vector<std::string>, 4> texts;  // by WordingKind
  // Relations that hold from object to subject where this one holds from subject to object: "follows" for "followed by".
  std::vector<std::string> inverses;

  const std::vector<std::string>& of(WordingKind kind) const { return texts[static_cast<std::size_t>(kind)]; }
};
inline constexpr char kNamePlaceholder[] = "X";

// Of a pack's wordings.tsv and generic_wordings.tsv. Thread rule: immutable after construction.
class WordingTable {
 public:
  // Throws kNotFound, kCorrupt.
  WordingTable(const std::filesystem::path& wordings, const std::filesystem::path& generic);

  // The relations with wordings of their own, sorted by name.
  std::span<const RelationWordings> all() const { return relations_; }
  std::vector<std::string> relations() const;  // their names
  // Null: the relation has none of its own.
  const RelationWordings* find(const Name& relation) const;
  // What can be made of a relation's name: "What is the wife of X?"
  RelationWordings generic(const Name& relation) const;

 private:
  std::vector<RelationWordings> relations_;
  RelationWordings generic_;  // with kRelationPlaceholder for the relation's name
};

}  // namespace memllm
