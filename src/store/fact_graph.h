// A store's facts as a graph: entities joined by facts, for walks of many steps that need ids, not names and sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "memllm/query.h"
#include "store/store.h"

namespace memllm {

namespace sqlite {
class Transaction;
}

using EntityId = std::int64_t;  // one for all names of an entity, also of entities that were made the same
using RelationId = std::int64_t;

// Where in a fact an entity stands.
enum class Side { kSubject, kObject };

// A fact seen from the entity on one side.
struct Edge {
  FactId fact = 0;
  EntityId other = 0;  // maybe the same entity
};

// Sees one state of the store, what is believed at options.as_of. While it lives, the store must not be used otherwise.
class FactGraph {
 public:
  FactGraph(const Store& store, const QueryOptions& options);
  FactGraph(Store::Impl& store, const std::optional<Timestamp>& as_of);  // inside the store's room
  ~FactGraph();
  FactGraph(const FactGraph&) = delete;
  FactGraph& operator=(const FactGraph&) = delete;

  std::optional<EntityId> find(const std::string& name);  // by name or alias
  std::string name(EntityId entity);                      // "": there is none
  const std::string& relation_name(RelationId relation);  // "": there is none
  // The relations of the facts that have the entity on that side, ascending. Takes time by the relations, not by the facts.
  std::vector<RelationId> relations(EntityId entity, Side side);
  // At most limit facts that have the entity on that side; of more, rather new ones. Takes time by the limit, not by the facts.
  std::vector<Edge> edges(EntityId entity, Side side, RelationId relation, std::size_t limit);

 private:
  std::vector<EntityId> members(EntityId entity);

  Store::Impl& store_;
  std::optional<Timestamp> as_of_;
  std::unique_ptr<sqlite::Transaction> transaction_;
  bool has_merged_ = false;  // entities that are the same as others
  std::map<RelationId, std::string> relation_names_;
};

}  // namespace memllm
