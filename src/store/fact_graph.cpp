#include "store/fact_graph.h"

#include <set>

#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

// The next relation after ?3 in the side's index.
std::string relation_sql(const std::string& side) {
  return "SELECT f.relation FROM facts f WHERE f." + side + " = ?2 AND f.relation > ?3 AND " + kBelieved + " ORDER BY f.relation LIMIT 1";
}

// In the order of the side's index, backwards.
std::string edges_sql(const std::string& side, const std::string& other, const std::string& order) {
  return "SELECT f.id, coalesce(e.same_as, e.id) FROM facts f JOIN entities e ON e.id = f." + other + " WHERE f." + side +
         " = ?2 AND f.relation = ?3 AND " + kBelieved + " ORDER BY f." + order + " DESC LIMIT ?4";
}

}  // namespace

FactGraph::FactGraph(const Store& store, const QueryOptions& options) : FactGraph(*store.impl_, options.as_of) {}

FactGraph::FactGraph(Store::Impl& store, const std::optional<Timestamp>& as_of)
    : store_(store), transaction_(std::make_unique<sqlite::Transaction>(store.database, sqlite::TransactionKind::kRead)) {
  if (as_of) as_of_ = parse_timestamp(*as_of);
  has_merged_ = store_.database.integer("SELECT 1 FROM entities WHERE same_as IS NOT NULL LIMIT 1").has_value();
}

FactGraph::~FactGraph() = default;

std::optional<EntityId> FactGraph::find(const std::string& name) { return store_.find_entity(Name(name)); }

std::string FactGraph::name(EntityId entity) {
  return store_.database.text("SELECT name FROM entities WHERE id = ?1", entity).value_or("");
}

const std::string& FactGraph::relation_name(RelationId relation) {
  const auto [known, is_new] = relation_names_.try_emplace(relation);
  if (is_new) known->second = store_.database.text("SELECT name FROM relations WHERE id = ?1", relation).value_or("");
  return known->second;
}

std::vector<RelationId> FactGraph::relations(EntityId entity, Side side) {
  static const std::string kOfSubject = relation_sql("subject"), kOfObject = relation_sql("object");
  const std::string& sql = side == Side::kSubject ? kOfSubject : kOfObject;
  std::set<RelationId> relations;
  for (const EntityId member : members(entity)) {
    std::optional<RelationId> relation = 0;
    while ((relation = store_.database.integer(sql, as_of_, member, *relation))) relations.insert(*relation);
  }
  return {relations.begin(), relations.end()};
}

std::vector<Edge> FactGraph::edges(EntityId entity, Side side, RelationId relation, std::size_t limit) {
  static const std::string kOfSubject = edges_sql("subject", "object", "object"), kOfObject = edges_sql("object", "subject", "id");
  std::vector<Edge> edges;
  for (const EntityId member : members(entity)) {
    auto rows = store_.database.query(side == Side::kSubject ? kOfSubject : kOfObject, as_of_, member, relation, limit - edges.size());
    while (rows.step()) edges.push_back({rows.integer(0), rows.integer(1)});
  }
  return edges;
}

std::vector<EntityId> FactGraph::members(EntityId entity) { return has_merged_ ? store_.class_of(entity) : std::vector<EntityId>{entity}; }

}  // namespace memllm
