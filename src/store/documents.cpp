// Learned documents.
#include <map>
#include <set>

#include "base/text.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {

std::optional<DocumentRecord> Store::Impl::document(const std::string& name) {
  auto row = database.query("SELECT name, hash, writer, learned_at FROM documents WHERE ns = ?1 AND name = ?2", name_space, name);
  if (!row.step()) return std::nullopt;
  return DocumentRecord{row.text(0), row.text(1), row.text(2), row.text(3)};
}

void Store::Impl::record_document(const DocumentRecord& document, const Timestamp& at) {
  const auto old = this->document(document.name);
  database.run(
      "INSERT INTO documents(ns, name, hash, writer, learned_at) VALUES(?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT(ns, name) DO UPDATE SET hash = ?3, writer = ?4, learned_at = ?5",
      name_space, document.name, document.content_hash, document.writer, document.learned_at);
  const std::int64_t id = *database.integer("SELECT id FROM documents WHERE ns = ?1 AND name = ?2", name_space, document.name);
  Json before = nullptr;
  if (old) before = {{"hash", old->content_hash}, {"writer", old->writer}, {"learned_at", old->learned_at}};
  record({.kind = EventKind::kDocument,
          .at = at,
          .fact = {},
          .detail = (old ? "learned again: " : "learned: ") + document.name,
          .author = "model",
          .payload = {{"document", id}, {"before", before}},
          .refs = {{"document", id}}});
}

// Takes the document's old sources from facts that others support too, and retracts the facts that nobody else supports: those keep their
// sources, as the record of why they were believed.
std::vector<FactId> Store::Impl::withdraw_unsupported(const std::string& document,
                                                      const std::vector<std::pair<FactId, std::int64_t>>& old_sources,
                                                      const Timestamp& at) {
  std::map<FactId, std::vector<std::int64_t>> by_fact;
  for (const auto& [fact, source] : old_sources) by_fact[fact].push_back(source);
  std::vector<FactId> retracted;
  for (const auto& [id, sources] : by_fact) {
    const auto live = database.integer("SELECT count(*) FROM sources WHERE fact = ?1 AND withdrawn_by IS NULL", id).value_or(0);
    if (live == static_cast<std::int64_t>(sources.size())) {
      retract(id, "no longer in " + document, "model", at);
      retracted.push_back(id);
      continue;
    }
    const Fact fact = require_fact(id, true);
    const EventId event = record({.kind = EventKind::kUnsupport,
                                  .at = at,
                                  .fact = id,
                                  .detail = describe({fact.subject, fact.relation, fact.object}) + " (no longer so in " + document + ")",
                                  .author = "model",
                                  .payload = {{"sources", sources}},
                                  .refs = {}});
    for (const std::int64_t source : sources) database.run("UPDATE sources SET withdrawn_by = ?2 WHERE id = ?1", source, event);
  }
  return retracted;
}

DocumentChange Store::Impl::put_document(DocumentRecord document, std::span<const Statement> statements) {
  if (document.name.empty()) throw Error(ErrorKind::kInvalidArgument, "a document needs a name");
  Source probe;
  probe.document = document.name;
  checked_source(probe);
  check_text("document's hash", document.content_hash);
  check_text("writer's fingerprint", document.writer);
  std::vector<Statement> checked;
  for (const Statement& statement : statements) {
    checked.push_back(checked_statement(statement));
    Source& source = checked.back().source;
    if (source.document.empty()) source.document = document.name;
    if (source.document != document.name) {
      throw Error(ErrorKind::kInvalidArgument, "a fact of document " + document.name + " names " + source.document + " as its source");
    }
  }
  const Timestamp at = tick();
  document.learned_at = document.learned_at.empty() ? at : parse_timestamp(document.learned_at);
  std::vector<std::pair<FactId, std::int64_t>> old_sources;
  {
    auto rows = database.query(
        "SELECT s.fact, s.id FROM sources s JOIN facts f ON f.id = s.fact WHERE s.document = ?1 AND s.document <> '' AND s.withdrawn_by IS "
        "NULL "
        "AND f.ns = ?2 AND f.retracted_at IS NULL ORDER BY s.id",
        document.name, name_space);
    while (rows.step()) old_sources.emplace_back(rows.integer(0), rows.integer(1));
  }
  record_document(document, at);
  DocumentChange change;
  std::set<std::int64_t> kept;
  for (const Statement& statement : checked) {
    change.facts.push_back(add_one(statement, at));
    if (const auto source = find_equal_source(change.facts.back(), statement.source)) kept.insert(*source);
  }
  std::erase_if(old_sources, [&kept](const auto& old) { return kept.contains(old.second); });
  change.retracted = withdraw_unsupported(document.name, old_sources, at);
  return change;
}

}  // namespace memllm
