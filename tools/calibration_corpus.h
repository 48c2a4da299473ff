// What the calibration of thresholds needs of DocRED-format documents: names, which of them mean the same entity, and facts.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace memllm {

struct CalibrationEntity {
  std::vector<int> names;  // of its mentions, distinct, in order
  bool is_number = false;  // a time or a number
};

struct CalibrationFact {
  int subject = 0, object = 0;  // entities of the document
  int relation = 0;
};

struct CalibrationDocument {
  std::vector<CalibrationEntity> entities;
  std::vector<CalibrationFact> facts;
};

// Names are numbered by their normalised form: two ways of writing that the memory takes for one name are one.
struct CalibrationCorpus {
  std::vector<std::string> names;
  std::vector<std::string> relations;
  std::vector<CalibrationDocument> documents;
  std::vector<std::set<int>> aliases;  // of each name: the names of entities that were called so in some document, itself included

  bool same_entity(int a, int b) const { return aliases[static_cast<std::size_t>(a)].contains(b); }
};

// Throws kNotFound, kInvalidArgument.
CalibrationCorpus read_calibration_corpus(const std::filesystem::path& documents, const std::filesystem::path& relation_names);

}  // namespace memllm
