// Rows of facts and sources.
#include <algorithm>
#include <limits>

#include "base/name.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

std::optional<Span> optional_span(const sqlite::Statement& row, int column) {
  const auto begin = row.optional_integer(column);
  if (!begin) return std::nullopt;
  return Span{*begin, row.integer(column + 1)};
}

template <typename Member>
std::optional<std::int64_t> part(const std::optional<Span>& span, Member member) {
  return span ? std::optional((*span).*member) : std::nullopt;
}

}  // namespace

std::string describe(const Triple& triple) { return triple.subject + " · " + triple.relation + " · " + triple.object; }

std::optional<Fact> Store::Impl::load_fact(FactId id, const std::optional<Timestamp>& as_of) {
  static const std::string kSql =
      "SELECT f.id, coalesce(sr.name, s.name), r.name, coalesce(orr.name, o.name), f.recorded_at, f.valid_from, f.valid_to, "
      "f.retracted_at, f.reason, f.successor, " +
      std::string(kWaiting) +
      " FROM facts f JOIN entities s ON s.id = f.subject LEFT JOIN entities sr ON sr.id = s.same_as "
      "JOIN relations r ON r.id = f.relation JOIN entities o ON o.id = f.object LEFT JOIN entities orr ON orr.id = o.same_as "
      "WHERE f.id = ?2 AND f.ns = ?3 AND (?1 IS NULL OR f.recorded_at <= ?1)";
  auto row = database.query(kSql, as_of, id, name_space);
  if (!row.step()) return std::nullopt;
  Fact fact;
  fact.id = row.integer(0);
  fact.name_space = options.name_space;
  fact.subject = row.text(1);
  fact.relation = row.text(2);
  fact.object = row.text(3);
  fact.recorded_at = row.text(4);
  fact.valid_from = row.optional_text(5);
  fact.valid_to = row.optional_text(6);
  fact.retracted_at = row.optional_text(7);
  fact.retraction_reason = row.text(8);
  fact.successor = row.optional_integer(9);
  fact.quarantined = row.integer(10) != 0;
  fact.sources = load_sources(id, as_of);
  if (!as_of) return fact;
  if (fact.retracted_at && *fact.retracted_at > *as_of) {
    fact.retracted_at.reset();
    fact.retraction_reason.clear();
    fact.successor.reset();
  }
  // A time in which it was not believed is over by now; why it began is in the history only.
  if (const auto begun =
          database.text("SELECT min(begins) FROM belief_gaps WHERE fact = ?1 AND begins <= ?2 AND ends > ?2", fact.id, as_of)) {
    fact.retracted_at = *begun;
  }
  if (fact.quarantined) fact.retraction_reason = quarantine_reason(fact.id);
  return fact;
}

std::vector<Source> Store::Impl::load_sources(FactId fact, const std::optional<Timestamp>& as_of) {
  std::vector<Source> sources;
  auto row = database.query(
      "SELECT document, sentence, text, text_begin, text_end, subject_begin, subject_end, object_begin, object_end, author, model, "
      "adapter, mean_log_probability, asserted_at FROM sources "
      "WHERE fact = ?1 AND (withdrawn_by IS NULL OR withdrawn_by IN (SELECT id FROM events WHERE at > ?2)) "
      "AND (?2 IS NULL OR asserted_at <= ?2) ORDER BY id",
      fact, as_of);
  while (row.step()) {
    sources.push_back({.document = row.text(0),
                       .sentence = row.integer(1),
                       .text = row.text(2),
                       .sentence_span = {row.integer(3), row.integer(4)},
                       .subject_span = optional_span(row, 5),
                       .object_span = optional_span(row, 7),
                       .author = row.text(9),
                       .model = row.text(10),
                       .adapter = row.text(11),
                       .mean_log_probability = row.optional_real(12),
                       .asserted_at = row.text(13)});
  }
  return sources;
}

Fact Store::Impl::require_fact(FactId id, bool active) {
  auto fact = load_fact(id);
  if (!fact) throw Error(ErrorKind::kNotFound, "there is no fact " + std::to_string(id) + " in name space \"" + options.name_space + "\"");
  if (active && fact->quarantined) {
    throw Error(ErrorKind::kConflict, "fact " + std::to_string(id) + " is quarantined: accept it first");
  }
  if (active && !fact->active()) {
    throw Error(ErrorKind::kConflict, "fact " + std::to_string(id) + " was retracted at " + *fact->retracted_at +
                                          (fact->successor ? " and replaced by fact " + std::to_string(*fact->successor) : "") +
                                          "; undo that, or add it again");
  }
  return *std::move(fact);
}

TripleIds Store::Impl::ids_of(FactId fact) {
  auto row = database.query("SELECT subject, relation, object FROM facts WHERE id = ?1", fact);
  if (!row.step()) throw Error(ErrorKind::kInternal, "fact " + std::to_string(fact) + " disappeared");
  return {root_of(row.integer(0)), row.integer(1), root_of(row.integer(2))};
}

std::optional<FactId> Store::Impl::find_active(const TripleIds& triple) {
  static const std::string kSql = "SELECT min(id) FROM facts WHERE subject IN " + same_entities("?1") +
                                  " AND relation = ?2 AND object IN " + same_entities("?3") + " AND retracted_at IS NULL";
  return database.integer(kSql, triple.subject, triple.relation, triple.object);
}

std::optional<FactId> Store::Impl::find_quarantined(const TripleIds& triple) {
  static const std::string kSql = "SELECT min(f.id) FROM facts f WHERE f.subject IN " + same_entities("?1") +
                                  " AND f.relation = ?2 AND f.object IN " + same_entities("?3") + " AND " + kQuarantined;
  return database.integer(kSql, triple.subject, triple.relation, triple.object);
}

FactId Store::Impl::insert_fact(const TripleIds& triple, const Timestamp& at, const std::optional<Timestamp>& valid_from,
                                const std::optional<Timestamp>& valid_to) {
  database.run("INSERT INTO facts(ns, subject, relation, object, recorded_at, valid_from, valid_to) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
               name_space, triple.subject, triple.relation, triple.object, at, valid_from, valid_to);
  return database.last_insert_id();
}

std::int64_t Store::Impl::insert_source(FactId fact, const Source& source, std::optional<std::int64_t> id) {
  database.run(
      "INSERT INTO sources(fact, document, sentence, text, text_begin, text_end, subject_begin, subject_end, object_begin, object_end, "
      "author, "
      "model, adapter, mean_log_probability, asserted_at, id) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
      "?16)",
      fact, source.document, source.sentence, source.text, source.sentence_span.begin, source.sentence_span.end,
      part(source.subject_span, &Span::begin), part(source.subject_span, &Span::end), part(source.object_span, &Span::begin),
      part(source.object_span, &Span::end), source.author, source.model, source.adapter, source.mean_log_probability, source.asserted_at,
      id);
  return database.last_insert_id();
}

std::optional<std::int64_t> Store::Impl::find_equal_source(FactId fact, const Source& source) {
  return database.integer(
      "SELECT min(id) FROM sources WHERE fact = ?1 AND withdrawn_by IS NULL AND document = ?2 AND sentence = ?3 AND text = ?4 AND "
      "text_begin = ?5 "
      "AND text_end = ?6 AND subject_begin IS ?7 AND subject_end IS ?8 AND object_begin IS ?9 AND object_end IS ?10 AND author = ?11 "
      "AND model = ?12 AND adapter = ?13 AND mean_log_probability IS ?14",
      fact, source.document, source.sentence, source.text, source.sentence_span.begin, source.sentence_span.end,
      part(source.subject_span, &Span::begin), part(source.subject_span, &Span::end), part(source.object_span, &Span::begin),
      part(source.object_span, &Span::end), source.author, source.model, source.adapter, source.mean_log_probability);
}

void Store::Impl::mark_retracted(FactId fact, EventId event, const Timestamp& at, const std::string& reason,
                                 std::optional<FactId> successor) {
  database.run("UPDATE facts SET retracted_at = ?2, retracted_by = ?3, reason = ?4, successor = ?5 WHERE id = ?1", fact, at, event, reason,
               successor);
}

void Store::Impl::mark_active(FactId fact, const Timestamp& at) {
  // What was believed in between stays answerable.
  database.run("INSERT INTO belief_gaps(fact, begins, ends) SELECT id, retracted_at, ?2 FROM facts WHERE id = ?1 AND retracted_at < ?2",
               fact, at);
  database.run("UPDATE facts SET retracted_at = NULL, retracted_by = NULL, reason = '', successor = NULL WHERE id = ?1", fact);
}

std::vector<FactId> Store::Impl::list_ids(const FactFilter& filter, std::optional<FactId> only) {
  std::string sql = "SELECT f.id FROM facts f WHERE f.ns = ?2";
  const std::string believed = kBelieved;
  if (filter.state == FactFilter::State::kActive) sql += " AND " + believed;
  const std::string waiting = kWaiting;
  if (filter.state == FactFilter::State::kQuarantined) sql += " AND " + waiting;
  if (filter.state == FactFilter::State::kRetracted) sql += " AND NOT " + believed + " AND NOT " + waiting;
  sql += " AND (?1 IS NULL OR f.recorded_at <= ?1)";
  std::optional<std::int64_t> subject, relation, object, entity;
  const auto restrict = [&](const std::optional<std::string>& name, std::optional<std::int64_t>& id, auto find,
                            const std::string& condition) {
    if (!name) return true;
    check_text("name", *name);
    id = find(*name);
    sql += " AND " + condition;
    return id.has_value();
  };
  const auto find_entity_root = [this](const std::string& name) { return find_entity(Name(name)); };
  const auto find_relation_id = [this](const std::string& name) { return find_relation(Name(name)); };
  const bool known = restrict(filter.subject, subject, find_entity_root, "f.subject IN " + same_entities("?3"))&& restrict(
      filter.relation, relation, find_relation_id,
      "f.relation = ?4")&& restrict(filter.object, object, find_entity_root,
                                    "f.object IN " + same_entities("?5"))&& restrict(filter.entity, entity, find_entity_root,
                                                                                     "(f.subject IN " + same_entities("?6") +
                                                                                         " OR f.object IN " + same_entities("?6") + ")");
  if (!known) return {};
  if (filter.document) {
    sql +=
        " AND f.id IN (SELECT fact FROM sources WHERE document = ?7 AND document <> '' AND (withdrawn_by IS NULL OR withdrawn_by IN "
        "(SELECT id FROM events WHERE at > ?1)))";
  }
  sql += only ? " AND f.id = ?10 LIMIT ?8 OFFSET ?9" : " AND ?10 IS NULL ORDER BY f.id LIMIT ?8 OFFSET ?9";
  const std::optional<Timestamp> as_of = filter.as_of ? std::optional(parse_timestamp(*filter.as_of)) : std::nullopt;
  constexpr std::size_t kMax = std::numeric_limits<std::int64_t>::max();
  auto rows = database.query(sql, as_of, name_space, subject, relation, object, entity, filter.document, std::min(filter.limit, kMax),
                             std::min(filter.offset, kMax), only);
  std::vector<FactId> ids;
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

std::vector<Fact> Store::Impl::list(const FactFilter& filter) {
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
  const std::optional<Timestamp> as_of = filter.as_of ? std::optional(parse_timestamp(*filter.as_of)) : std::nullopt;
  std::vector<Fact> facts;
  for (const FactId id : list_ids(filter)) facts.push_back(load_fact(id, as_of).value());
  return facts;
}

}  // namespace memllm
