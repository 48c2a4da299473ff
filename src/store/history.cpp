// Events: written once, read newest first.
#include <algorithm>
#include <array>
#include <limits>

#include "store/store_impl.h"

namespace memllm {
namespace {

Event event_of(const sqlite::Statement& row) {
  const auto kind = event_kind_of(row.text(1));
  if (!kind) throw Error(ErrorKind::kCorrupt, "event " + std::to_string(row.integer(0)) + " is of an unknown kind");
  return {row.integer(0),         *kind, row.text(2), row.optional_integer(3), row.text(4), row.text(5), row.optional_integer(6),
          row.optional_integer(7)};
}

}  // namespace

EventId Store::Impl::record(const EventDraft& draft) {
  database.run("INSERT INTO events(ns, kind, at, fact, detail, author, payload, part_of) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
               name_space, to_string(draft.kind), draft.at, draft.fact, draft.detail, draft.author, draft.payload.dump(), part_of);
  const EventId event = database.last_insert_id();
  const auto refer = [&](std::string_view kind, std::int64_t id) {
    database.run("INSERT OR IGNORE INTO event_refs(event, kind, ref) VALUES(?1, ?2, ?3)", event, kind, id);
  };
  if (draft.fact) refer("fact", *draft.fact);
  for (const EventRef& ref : draft.refs) refer(ref.kind, ref.id);
  return event;
}

std::optional<Event> Store::Impl::load_event(EventId event) {
  auto row = database.query("SELECT id, kind, at, fact, detail, author, undone_by, part_of FROM events WHERE id = ?1 AND ns = ?2", event,
                            name_space);
  return row.step() ? std::optional(event_of(row)) : std::nullopt;
}

std::vector<EventRef> Store::Impl::refs_of(EventId event) {
  std::vector<EventRef> refs;
  auto rows = database.query("SELECT kind, ref FROM event_refs WHERE event = ?1 ORDER BY kind, ref", event);
  while (rows.step()) refs.push_back({rows.text(0), rows.integer(1)});
  return refs;
}

Json Store::Impl::payload_of(EventId event) {
  const Json payload = Json::parse(database.text("SELECT payload FROM events WHERE id = ?1", event).value_or("{}"), nullptr, false);
  if (!payload.is_object()) throw Error(ErrorKind::kCorrupt, "event " + std::to_string(event) + " has lost what undo needs");
  return payload;
}

std::vector<Event> Store::Impl::history(std::optional<FactId> fact, std::size_t limit) {
  std::vector<Event> events;
  constexpr std::size_t kMax = std::numeric_limits<std::int64_t>::max();
  auto rows = fact
                  ? database.query(
                        "SELECT e.id, e.kind, e.at, e.fact, e.detail, e.author, e.undone_by, e.part_of FROM event_refs r JOIN events e ON "
                        "e.id = r.event "
                        "WHERE e.ns = ?1 AND r.kind = 'fact' AND r.ref = ?3 ORDER BY e.id DESC LIMIT ?2",
                        name_space, std::min(limit, kMax), *fact)
                  : database.query(
                        "SELECT id, kind, at, fact, detail, author, undone_by, part_of FROM events WHERE ns = ?1 ORDER BY id DESC LIMIT ?2",
                        name_space, std::min(limit, kMax));
  while (rows.step()) events.push_back(event_of(rows));
  return events;
}

}  // namespace memllm
