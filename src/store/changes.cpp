// The verbs that change facts. Every change is an event.
#include <algorithm>

#include "base/name.h"
#include "base/text.h"
#include "store/checks.h"
#include "store/schema.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

std::string author_of(const Source& source) { return source.author.empty() ? "user" : source.author; }

// "; stated by DOCUMENT" for the history.
std::string stated_in(const Source& source) { return source.document.empty() ? "" : " (" + source.document + ")"; }

}  // namespace

bool Store::Impl::has_valid_time(FactId fact, const std::optional<Timestamp>& from, const std::optional<Timestamp>& to) {
  const Fact known = require_fact(fact, false);
  return known.valid_from == from && known.valid_to == to;
}

void Store::Impl::check_valid_time_of(FactId fact, const std::optional<Timestamp>& from, const std::optional<Timestamp>& to) {
  if ((!from && !to) || has_valid_time(fact, from, to)) return;
  const Fact known = require_fact(fact, false);
  throw Error(ErrorKind::kConflict, "fact " + std::to_string(known.id) + " says the same of " + known.valid_from.value_or("any time") +
                                        " to " + known.valid_to.value_or("any time") +
                                        "; retract it first, then state it with the other time");
}

Timestamp Store::Impl::tick() {
  const Timestamp now = std::max(options.clock(), meta(database, "last_change"));
  set_meta(database, "last_change", now);
  return now;
}

Store::Impl::Added Store::Impl::put_fact(const Statement& statement, const Timestamp& at) {
  const TripleIds triple{intern_entity(Name(statement.triple.subject)), intern_relation(Name(statement.triple.relation)),
                         intern_entity(Name(statement.triple.object))};
  Source source = statement.source;
  if (source.asserted_at.empty()) source.asserted_at = at;
  Added added;
  std::optional<FactId> known = find_active(triple);
  if (!known) {
    known = find_quarantined(triple);
    if (known && !statement.quarantined) {
      mark_active(*known, at);
      added.accepted = true;
    }
  }
  if (known) {
    added.fact = *known;
    check_valid_time_of(*known, statement.valid_from, statement.valid_to);
    if (!find_equal_source(*known, source)) added.source = insert_source(*known, source);
    return added;
  }
  added.fact = insert_fact(triple, at, statement.valid_from, statement.valid_to);
  added.source = insert_source(added.fact, source);
  added.created = true;
  return added;
}

FactId Store::Impl::add(const Statement& statement, const Timestamp& at) {
  const bool by_hand = statement.source.document.empty() && !statement.quarantined;
  if (by_hand) {
    const auto relation = find_relation(Name(statement.triple.relation));
    if (relation && database.integer("SELECT functional FROM relations WHERE id = ?1", *relation) == 1) return replace(statement);
  }
  return add_one(statement, at);
}

FactId Store::Impl::add_one(const Statement& statement, const Timestamp& at) {
  const Added added = put_fact(statement, at);
  EventDraft draft{.kind = statement.quarantined ? EventKind::kQuarantine : EventKind::kAdd,
                   .at = at,
                   .fact = added.fact,
                   .detail = describe(statement.triple) + stated_in(statement.source),
                   .author = author_of(statement.source),
                   .payload = Json::object(),
                   .refs = {}};
  if (statement.quarantined && !statement.doubt.empty()) draft.payload["reason"] = statement.doubt;
  if (!added.created) {
    if (!added.source && !added.accepted) return added.fact;  // nothing new was said
    draft.kind = added.accepted ? EventKind::kAccept : EventKind::kSupport;
    if (added.source) draft.payload["source"] = *added.source;
  }
  const EventId event = record(draft);
  if (draft.kind == EventKind::kQuarantine) mark_retracted(added.fact, event, at, quarantine_reason(added.fact), std::nullopt);
  return added.fact;
}

FactId Store::Impl::edit(FactId fact, const std::optional<std::string>& subject, const std::optional<std::string>& relation,
                         const std::optional<std::string>& object, const std::string& author) {
  if (!subject && !relation && !object) throw Error(ErrorKind::kInvalidArgument, "an edit needs a new subject, relation or object");
  const Fact old = require_fact(fact, true);
  Statement statement;
  statement.triple = {subject.value_or(old.subject), relation.value_or(old.relation), object.value_or(old.object)};
  statement.source.author = author;
  statement.valid_from = old.valid_from;
  statement.valid_to = old.valid_to;
  statement = checked_statement(statement);
  const TripleIds before = ids_of(fact);
  if (find_entity(Name(statement.triple.subject)) == before.subject && find_relation(Name(statement.triple.relation)) == before.relation &&
      find_entity(Name(statement.triple.object)) == before.object) {
    return fact;  // another spelling of the same names
  }
  return supersede({fact}, statement, tick(), author,
                   describe({old.subject, old.relation, old.object}) + " → " + describe(statement.triple));
}

FactId Store::Impl::replace(const Statement& statement) {
  if (statement.quarantined) throw Error(ErrorKind::kInvalidArgument, "what replaces a fact must be believed: it cannot be quarantined");
  const Statement checked = checked_statement(statement);
  const auto subject = find_entity(Name(checked.triple.subject));
  const auto relation = find_relation(Name(checked.triple.relation));
  std::vector<FactId> old;
  std::string old_values;
  if (subject && relation) {
    auto rows = database.query("SELECT f.id, f.object FROM facts f WHERE f.subject IN " + same_entities("?1") +
                                   " AND f.relation = ?2 AND f.retracted_at IS NULL ORDER BY f.id",
                               *subject, *relation);
    const auto object = find_entity(Name(checked.triple.object));
    while (rows.step()) {
      if (root_of(rows.integer(1)) == object) continue;
      old.push_back(rows.integer(0));
      old_values += (old_values.empty() ? "" : ", ") + load_fact(old.back())->object;
    }
  }
  const Timestamp at = tick();
  if (old.empty()) return add_one(checked, at);
  return supersede(old, checked, at, author_of(checked.source), describe(checked.triple) + " instead of " + ellipsis(old_values, 1'000));
}

FactId Store::Impl::supersede(const std::vector<FactId>& old, const Statement& statement, const Timestamp& at, const std::string& author,
                              const std::string& detail) {
  const Added added = put_fact(statement, at);
  EventDraft draft{.kind = EventKind::kEdit,
                   .at = at,
                   .fact = added.fact,
                   .detail = detail + stated_in(statement.source),
                   .author = author,
                   .payload = {{"old", old}, {"new", added.fact}, {"created", added.created}},
                   .refs = {}};
  if (!added.created && added.source) draft.payload["source"] = *added.source;
  if (added.accepted) draft.payload["accepted"] = true;
  for (const FactId fact : old) draft.refs.push_back({"fact", fact});
  const EventId event = record(draft);
  for (const FactId fact : old) mark_retracted(fact, event, at, "replaced", added.fact);
  return added.fact;
}

void Store::Impl::retract(FactId fact, const std::string& reason, const std::string& author, const Timestamp& at) {
  check_text("reason", reason);
  check_text("author", author);
  Fact old = require_fact(fact, false);
  if (!old.quarantined) old = require_fact(fact, true);  // refuses what is retracted
  const EventId event = record({.kind = EventKind::kRetract,
                                .at = at,
                                .fact = fact,
                                .detail = describe({old.subject, old.relation, old.object}) + (reason.empty() ? "" : ": " + reason),
                                .author = author,
                                .payload = Json::object(),
                                .refs = {}});
  mark_retracted(fact, event, old.retracted_at.value_or(at), reason, std::nullopt);
}

void Store::Impl::accept(FactId fact, const std::string& author, const Timestamp& at) {
  check_text("author", author);
  const Fact waiting = require_fact(fact, false);
  if (!waiting.quarantined) {
    throw Error(ErrorKind::kConflict, "fact " + std::to_string(fact) + " is not quarantined");
  }
  if (const auto equal = find_active(ids_of(fact))) {
    throw Error(ErrorKind::kConflict, "fact " + std::to_string(*equal) + " says the same and is believed; retract fact " +
                                          std::to_string(fact) + " to be done with it");
  }
  // Who accepts it states it: then it stays when its document is learned again.
  Source source;
  source.author = author;
  source.asserted_at = at;
  record({.kind = EventKind::kAccept,
          .at = at,
          .fact = fact,
          .detail = describe({waiting.subject, waiting.relation, waiting.object}),
          .author = author,
          .payload = {{"source", insert_source(fact, source)}},
          .refs = {}});
  mark_active(fact, at);
}

}  // namespace memllm
