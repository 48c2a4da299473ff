// Undo: an event is reverted by a new event; what was believed in between stays answerable.
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {

std::optional<Event> Store::Impl::undo(std::optional<EventId> wanted, const std::string& author) {
  check_text("author", author);
  if (!wanted) {
    // Of the newest one that is a part, the whole.
    wanted = database.integer(
        "SELECT coalesce(part_of, id) FROM events WHERE ns = ?1 AND undone_by IS NULL AND kind NOT IN ('undo', 'forget') ORDER BY id DESC",
        name_space);
    if (!wanted) return std::nullopt;
  }
  const auto event = load_event(*wanted);
  if (!event || event->kind != EventKind::kLearn || event->undone_by) return undo_one(*wanted, author);
  // Its parts, newest first; what was done to the same things since is refused by each.
  std::vector<EventId> parts;
  {
    auto rows = database.query(
        "SELECT id FROM events WHERE part_of = ?1 AND undone_by IS NULL AND kind NOT IN ('undo', 'forget') ORDER BY id DESC", *wanted);
    while (rows.step()) parts.push_back(rows.integer(0));
  }
  for (const EventId part : parts) undo_one(part, author);
  return undo_one(*wanted, author);
}

Event Store::Impl::undo_one(EventId wanted, const std::string& author) {
  const auto event = load_event(wanted);
  const std::string number = std::to_string(wanted);
  if (!event) throw Error(ErrorKind::kNotFound, "there is no event " + number);
  if (event->undone_by)
    throw Error(ErrorKind::kConflict, "event " + number + " was undone already, by event " + std::to_string(*event->undone_by));
  if (event->kind == EventKind::kUndo) throw Error(ErrorKind::kConflict, "event " + number + " is an undo; make the change again instead");
  if (event->kind == EventKind::kForget) throw Error(ErrorKind::kConflict, "what was forgotten cannot come back");
  // Newest first for each thing: then undo finds exactly what the event left.
  const auto later = database.integer(
      "SELECT max(e.id) FROM event_refs mine JOIN event_refs theirs ON theirs.kind = mine.kind AND theirs.ref = mine.ref "
      "JOIN events e ON e.id = theirs.event WHERE mine.event = ?1 AND e.id > ?1 AND e.undone_by IS NULL AND e.kind NOT IN ('undo', "
      "'forget')",
      wanted);
  if (later) {
    throw Error(ErrorKind::kConflict, "event " + std::to_string(*later) + " changed the same after event " + number + "; undo it first");
  }
  const Timestamp at = tick();
  const EventId undo = record({.kind = EventKind::kUndo,
                               .at = at,
                               .fact = event->fact,
                               .detail = "undid " + std::string(to_string(event->kind)) + ": " + event->detail,
                               .author = author,
                               .payload = {{"event", wanted}},
                               .refs = refs_of(wanted)});
  revert(*event, undo, at);
  database.run("UPDATE events SET undone_by = ?2 WHERE id = ?1", wanted, undo);
  return *load_event(wanted);
}

void Store::Impl::revert(const Event& event, EventId undo, const Timestamp& at) {
  const Json payload = payload_of(event.id);
  switch (event.kind) {
    case EventKind::kAdd:
      if (event.fact && load_fact(*event.fact)->active()) mark_retracted(*event.fact, undo, at, "undone", std::nullopt);
      break;
    case EventKind::kQuarantine:  // never believed, not even until now
      if (event.fact) mark_retracted(*event.fact, undo, require_fact(*event.fact, false).retracted_at.value_or(at), "undone", std::nullopt);
      break;
    case EventKind::kAccept:
      withdraw_source(payload, undo);
      if (event.fact) back_to_quarantine(*event.fact, at);
      break;
    case EventKind::kSupport:
      withdraw_source(payload, undo);
      break;
    case EventKind::kUnsupport:
      database.run("UPDATE sources SET withdrawn_by = NULL WHERE withdrawn_by = ?1", event.id);
      break;
    case EventKind::kRetract:
      if (event.fact) revert_retraction(*event.fact, event.id, at);
      break;
    case EventKind::kEdit:
      revert_edit(event, payload, undo, at);
      break;
    case EventKind::kAlias:
      revert_alias(payload);
      break;
    case EventKind::kPolicy:
      store_policy(payload.at("relation").get<std::int64_t>(), payload.at("functional").get<bool>(),
                   payload.at("template").get<std::string>());
      break;
    case EventKind::kDocument:
      revert_sentences(event.id, undo, at);
      revert_document(payload);
      break;
    case EventKind::kLearn:
    case EventKind::kUndo:
    case EventKind::kForget:
      break;
  }
}

// An event may have no source of its own: it said nothing new, or was imported.
void Store::Impl::withdraw_source(const Json& payload, EventId undo) {
  if (!payload.contains("source")) return;
  database.run("UPDATE sources SET withdrawn_by = ?2 WHERE id = ?1 AND withdrawn_by IS NULL", payload.at("source").get<std::int64_t>(),
               undo);
}

void Store::Impl::revert_edit(const Event& event, const Json& payload, EventId undo, const Timestamp& at) {
  // Parts may be missing: forgotten since.
  if (payload.contains("new")) {
    const FactId fact = payload.at("new").get<FactId>();
    if (payload.at("created").get<bool>()) {
      mark_retracted(fact, undo, at, "undone", std::nullopt);
    } else {
      withdraw_source(payload, undo);
      if (payload.value("accepted", false)) back_to_quarantine(fact, at);
    }
  }
  for (const Json& old : payload.at("old")) reactivate(old.get<FactId>(), event.id, at);
}

void Store::Impl::revert_retraction(FactId fact, EventId event, const Timestamp& at) {
  const auto found = [&](const std::string& condition) {
    return database.integer("SELECT 1 FROM events WHERE fact = ?1 AND undone_by IS NULL AND " + condition + " LIMIT 1", fact).has_value();
  };
  if (found("kind = 'quarantine'") && !found("(kind = 'accept' OR kind = 'edit' AND json_extract(payload, '$.accepted'))")) {
    back_to_quarantine(fact, require_fact(fact, false).retracted_at.value_or(at));
  } else {
    reactivate(fact, event, at);
  }
}

void Store::Impl::back_to_quarantine(FactId fact, const Timestamp& at) {
  const auto event = database.integer("SELECT max(id) FROM events WHERE fact = ?1 AND kind = 'quarantine'", fact);
  if (!event) throw Error(ErrorKind::kCorrupt, "fact " + std::to_string(fact) + " has lost the event that put it into quarantine");
  mark_retracted(fact, *event, at, quarantine_reason(fact), std::nullopt);
}

std::string Store::Impl::quarantine_reason(FactId fact) {
  return database
      .text("SELECT json_extract(payload, '$.reason') FROM events WHERE fact = ?1 AND kind = 'quarantine' ORDER BY id DESC LIMIT 1", fact)
      .value_or(kQuarantineReason);
}

void Store::Impl::reactivate(FactId fact, EventId retracted_by, const Timestamp& at) {
  const auto by = database.integer("SELECT retracted_by FROM facts WHERE id = ?1", fact);
  if (by != retracted_by) throw Error(ErrorKind::kConflict, "fact " + std::to_string(fact) + " has changed since; see its history");
  // Of the very same names: what says the same since entities were found to be one may stand beside it, as it may after that alias.
  const auto equal = database.integer(
      "SELECT other.id FROM facts f JOIN facts other ON other.subject = f.subject AND other.relation = f.relation AND "
      "other.object = f.object WHERE f.id = ?1 AND other.retracted_at IS NULL",
      fact);
  if (equal) throw Error(ErrorKind::kConflict, "fact " + std::to_string(*equal) + " says the same and is active; retract it first");
  mark_active(fact, at);
}

void Store::Impl::revert_alias(const Json& payload) {
  if (payload.contains("name")) {
    const auto name = payload.at("name").get<std::int64_t>();
    if (database.integer("SELECT 1 FROM entity_names n JOIN entities e ON e.id = n.entity WHERE n.id = ?1 AND n.name = e.name", name)) {
      throw Error(ErrorKind::kCorrupt, "the event names an entity's own name, not an alias");
    }
    delete_name(name);
    return;
  }
  for (const Json& link : payload.at("links")) {
    const std::optional<std::int64_t> before = link.at(1).is_null() ? std::nullopt : std::optional(link.at(1).get<std::int64_t>());
    database.run("UPDATE entities SET same_as = ?2 WHERE id = ?1", link.at(0).get<std::int64_t>(), before);
  }
}

void Store::Impl::revert_document(const Json& payload) {
  const auto id = payload.at("document").get<std::int64_t>();
  const Json& before = payload.at("before");
  if (before.is_null()) {
    // Its sentences of then stay answerable: the row stays with them, as one that nobody has learned.
    if (database.integer("SELECT 1 FROM sentences WHERE document = ?1 LIMIT 1", id)) {
      database.run("UPDATE documents SET hash = '', writer = '' WHERE id = ?1", id);
    } else {
      database.run("DELETE FROM documents WHERE id = ?1", id);
    }
    return;
  }
  database.run("UPDATE documents SET hash = ?2, writer = ?3, learned_at = ?4, title = ?5, author = ?6, date = ?7 WHERE id = ?1", id,
               before.at("hash").get<std::string>(), before.at("writer").get<std::string>(), before.at("learned_at").get<std::string>(),
               before.value("title", ""), before.value("author", ""), before.value("date", ""));
}

}  // namespace memllm
