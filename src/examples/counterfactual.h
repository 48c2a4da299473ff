// Documents that say of other entities what they say: text that no memory in the weights helps with (paper §5, "augmentation").
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "documents/docred.h"

namespace memllm {

class SeededRandom;

struct CounterfactualOptions {
  double replaced = 0.8;  // share of a document's entities that give way to others, where the pool has one that fits
  std::uint64_t seed = 1;
};

// The entities of many documents, to stand for one another. Thread rule: const functions from any thread.
class EntityPool {
 public:
  // forbidden: documents none of whose labelled pairs of names may arise (those of a test).
  explicit EntityPool(std::span<const DocRedDocument> documents, std::span<const DocRedDocument> forbidden = {});

  // The document with other entities, everywhere and consistently: each is replaced by one of the same type that shares a role (relation
  // and side) with it, similar in the number of its names and of their words, a date or number by one of the same form. Labels stay, with
  // their evidence. An entity whose mentions overlap another's stays. nullopt: a forbidden pair arises however it is drawn. variant: its
  // number, chosen by seed and title.
  std::optional<DocRedDocument> variant(const DocRedDocument& document, std::size_t variant, const CounterfactualOptions& options) const;

 private:
  struct Entity {
    std::vector<std::string> names;  // distinct, first mention first
    std::string type, form;          // form: of a date or number
  };
  enum class Side { kSubject, kObject, kEither };
  using Role = std::tuple<std::string, std::string, Side>;  // type, relation, side; of all of a type: "", kEither

  static Entity entity_of(const std::vector<DocRedMention>& mentions);
  static std::vector<std::vector<Role>> roles_of(const DocRedDocument& document);
  const Entity* similar(const Entity& entity, const std::vector<Role>& roles, const std::set<std::string>& taken,
                        SeededRandom& random) const;
  bool leaks(const DocRedDocument& document) const;

  std::vector<Entity> entities_;
  std::map<Role, std::vector<std::size_t>> by_role_;
  std::set<std::pair<std::string, std::string>> forbidden_;
};

}  // namespace memllm
