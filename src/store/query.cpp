// Questions with one side missing: exact names first, vectors second (paper §2).
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/name.h"
#include "store/checks.h"
#include "store/fact_graph.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

// Candidates of one side that are looked at: with sensible thresholds there are a few.
constexpr std::size_t kMaxCandidates = 256;

struct Candidate {
  std::int64_t id = 0;  // an entity's root, or a relation
  double similarity = 1;
};

struct Hit {
  FactId fact = 0;
  std::int64_t answer = 0;  // root of the entity asked for
  Timestamp recorded_at;
  double entity_similarity = 1;
  double relation_similarity = 1;
  double score() const { return (entity_similarity + relation_similarity) / 2; }
};

bool better(const Hit& a, const Hit& b) {
  return std::tuple(a.score(), a.recorded_at, a.fact) > std::tuple(b.score(), b.recorded_at, b.fact);
}

// One query at work.
class Search {
 public:
  Search(Store::Impl& store, const Query& query, const QueryOptions& options)
      : store_(store), database_(store.database), options_(options), given_(query.subject ? Side::kSubject : Side::kObject) {
    if (options.as_of) as_of_ = parse_timestamp(*options.as_of);
  }

  // Adds the facts of one pair. False: there are more distinct answers than wanted, and the rest need not be looked at.
  bool collect(const Candidate& entity, const Candidate& relation) {
    static const std::string kGivenSubject =
        std::string(
            "SELECT f.id, coalesce(e.same_as, e.id), f.recorded_at FROM facts f JOIN entities e ON e.id = f.object "
            "WHERE f.subject IN ") +
        same_entities("?2") + " AND f.relation = ?3 AND " + kBelieved;
    static const std::string kGivenObject =
        std::string(
            "SELECT f.id, coalesce(e.same_as, e.id), f.recorded_at FROM facts f JOIN entities e ON e.id = f.subject "
            "WHERE f.object IN ") +
        same_entities("?2") + " AND f.relation = ?3 AND " + kBelieved;
    auto rows = database_.query(given_ == Side::kSubject ? kGivenSubject : kGivenObject, as_of_, entity.id, relation.id);
    while (rows.step()) {
      if (!seen_.insert(rows.integer(0)).second) continue;
      hits_.push_back({rows.integer(0), rows.integer(1), rows.text(2), entity.similarity, relation.similarity});
      answers_.insert(rows.integer(1));
      if (answers_.size() > static_cast<std::size_t>(options_.max_results)) return false;
    }
    return true;
  }

  void collect_all(const std::vector<Candidate>& entities, const std::vector<Candidate>& relations) {
    std::vector<std::pair<Candidate, Candidate>> pairs;
    for (const Candidate& entity : entities) {
      for (const Candidate& relation : relations) {
        if ((entity.similarity + relation.similarity) / 2 >= options_.thresholds.pair) pairs.emplace_back(entity, relation);
      }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) {
      return a.first.similarity + a.second.similarity > b.first.similarity + b.second.similarity;
    });
    for (const auto& [entity, relation] : pairs) {
      if (!collect(entity, relation)) return;
    }
  }

  bool empty() const { return hits_.empty(); }

  QueryResult result(bool exact) {
    QueryResult result;
    result.exact = exact;
    const auto limit = static_cast<std::size_t>(options_.max_results);
    result.outcome = hits_.empty() ? QueryOutcome::kEmpty : answers_.size() > limit ? QueryOutcome::kTooBroad : QueryOutcome::kFound;
    std::sort(hits_.begin(), hits_.end(), better);
    // Every answer comes before a second fact of an answer when there is not room for all.
    std::set<std::int64_t> named;
    std::stable_partition(hits_.begin(), hits_.end(), [&named](const Hit& hit) { return named.insert(hit.answer).second; });
    if (hits_.size() > limit) hits_.resize(limit);
    std::sort(hits_.begin(), hits_.end(), better);
    for (const Hit& hit : hits_) {
      QueryMatch match;
      match.fact = *store_.load_fact(hit.fact, as_of_);
      match.entity_similarity = hit.entity_similarity;
      match.relation_similarity = hit.relation_similarity;
      match.answer = given_ == Side::kSubject ? match.fact.object : match.fact.subject;
      result.matches.push_back(std::move(match));
    }
    return result;
  }

 private:
  Store::Impl& store_;
  sqlite::Database& database_;
  const QueryOptions& options_;
  Side given_;
  std::optional<Timestamp> as_of_;
  std::vector<Hit> hits_;
  std::set<FactId> seen_;
  std::set<std::int64_t> answers_;
};

void check(const Query& query, const QueryOptions& options, const std::string& name_space) {
  if (query.subject.has_value() == query.object.has_value()) {
    throw Error(ErrorKind::kInvalidArgument, "a query names either the subject or the object, and asks for the other");
  }
  if (options.max_results < 1) throw Error(ErrorKind::kInvalidArgument, "a query needs room for at least one result");
  if (options.name_space != name_space && options.name_space != QueryOptions().name_space) {
    throw Error(ErrorKind::kInvalidArgument,
                "the memory was opened for name space \"" + name_space + "\", not \"" + options.name_space + "\"");
  }
}

std::vector<Candidate> sorted(const std::map<std::int64_t, double>& best) {
  std::vector<Candidate> candidates;
  for (const auto& [id, similarity] : best) candidates.push_back({id, similarity});
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.similarity > b.similarity; });
  return candidates;
}

// Roots of the entities with a name at least so similar, and the similarity.
std::map<std::int64_t, double> entities_near(Store::Impl& store, std::span<const float> vector, double threshold) {
  std::map<std::int64_t, double> entities;
  for (const Neighbour& near : store.vectors.near(NameKind::kEntityName, vector, threshold, kMaxCandidates)) {
    const auto root = store.database.integer(
        "SELECT coalesce(e.same_as, e.id) FROM entity_names n JOIN entities e ON e.id = n.entity WHERE n.id = ?1 AND n.ns = ?2", near.id,
        store.name_space);
    if (root) entities[*root] = std::max(entities[*root], static_cast<double>(near.similarity));
  }
  return entities;
}

}  // namespace

QueryResult Store::Impl::query(const Query& query, const QueryOptions& query_options) {
  check(query, query_options, options.name_space);
  const Name relation_name = checked_name("relation", query.relation);
  const Name entity_name = query.subject ? checked_name("subject", *query.subject) : checked_name("object", *query.object);
  const auto find_exact = [&](Search& search) {
    const auto entity = find_entity(entity_name);
    const auto relation = find_relation(relation_name);
    if (entity && relation) search.collect({*entity, 1}, {*relation, 1});
    return !search.empty();
  };
  {
    sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
    Search search(*this, query, query_options);
    if (find_exact(search) || !vectors.enabled()) return search.result(!search.empty());
  }
  vectors.refresh();
  const std::vector<float> entity_vector = vectors.vector_of(NameKind::kEntityName, entity_name);
  const std::vector<float> relation_vector = vectors.vector_of(NameKind::kRelation, relation_name);
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
  std::map<std::int64_t, double> entities = entities_near(*this, entity_vector, query_options.thresholds.entity), relations;
  for (const Neighbour& near : vectors.near(NameKind::kRelation, relation_vector, query_options.thresholds.relation, kMaxCandidates)) {
    relations[near.id] = near.similarity;
  }
  if (const auto entity = find_entity(entity_name)) entities[*entity] = 1;
  if (const auto relation = find_relation(relation_name)) relations[*relation] = 1;
  Search search(*this, query, query_options);
  search.collect_all(sorted(entities), sorted(relations));
  return search.result(false);
}

std::vector<Query> Store::Impl::queries_about(const std::string& entity, const QueryOptions& query_options) {
  const Name name = checked_name("entity", entity);
  std::vector<std::int64_t> roots;
  if (const auto root = find_entity(name)) {
    roots = {*root};
  } else if (vectors.enabled()) {
    vectors.refresh();
    const auto near = entities_near(*this, vectors.vector_of(NameKind::kEntityName, name), query_options.thresholds.entity);
    for (const Candidate& candidate : sorted(near)) roots.push_back(candidate.id);
  }
  FactGraph graph(*this, query_options.as_of);
  std::vector<Query> queries;
  std::set<std::pair<RelationId, Side>> seen;
  for (const Side side : {Side::kSubject, Side::kObject}) {
    for (const std::int64_t root : roots) {
      for (const RelationId relation : graph.relations(root, side)) {
        if (!seen.emplace(relation, side).second) continue;
        Query query{std::nullopt, graph.relation_name(relation), std::nullopt};
        (side == Side::kSubject ? query.subject : query.object) = name.text;
        queries.push_back(std::move(query));
      }
    }
  }
  return queries;
}

}  // namespace memllm
