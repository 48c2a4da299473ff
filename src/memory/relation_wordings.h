// How people ask about relations, in words.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

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

// The relations with wordings of their own (relation_wordings.tsv: the 96 of DocRED and 140 more that people ask about, most by their
// Wikidata names), sorted by name. The wordings were written without sight of those that questions are evaluated with
// (src/data/question_templates.cpp).
std::span<const RelationWordings> worded_relations();
// Null: the relation has none of its own.
const RelationWordings* find_wordings(const std::string& relation);
// What can be made of a relation's name: "What is the wife of X?"
RelationWordings generic_wordings(const std::string& relation);

}  // namespace memllm
