// Learned documents.
#include <algorithm>
#include <iterator>
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

std::vector<DocumentSource> Store::Impl::sources_of_document(const std::string& document) {
  static const std::string kSql =
      "SELECT f.id, s.id, f.retracted_at IS NOT NULL FROM sources s JOIN facts f ON f.id = s.fact WHERE s.document = ?1 "
      "AND s.document <> '' AND s.withdrawn_by IS NULL AND f.ns = ?2 AND (f.retracted_at IS NULL OR " +
      std::string(kQuarantined) + ") ORDER BY s.id";
  std::vector<DocumentSource> sources;
  auto rows = database.query(kSql, document, name_space);
  while (rows.step()) sources.push_back({rows.integer(0), rows.integer(1), rows.integer(2) != 0});
  return sources;
}

// Takes the document's old sources from facts that others support too, and retracts the facts that nobody else supports: those keep their
// sources, as the record of why they were believed.
std::vector<FactId> Store::Impl::withdraw_unsupported(const std::string& document, const std::vector<DocumentSource>& old_sources,
                                                      const Timestamp& at) {
  std::map<FactId, std::vector<std::int64_t>> by_fact;
  for (const DocumentSource& old : old_sources) by_fact[old.fact].push_back(old.source);
  std::vector<FactId> retracted;
  for (const auto& [id, sources] : by_fact) {
    const auto live = database.integer("SELECT count(*) FROM sources WHERE fact = ?1 AND withdrawn_by IS NULL", id).value_or(0);
    if (live == static_cast<std::int64_t>(sources.size())) {
      retract(id, "no longer in " + document, "model", at);
      retracted.push_back(id);
      continue;
    }
    const Fact fact = require_fact(id, false);
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
  const std::vector<DocumentSource> old_sources = sources_of_document(document.name);
  record_document(document, at);
  DocumentChange change;
  change.facts.resize(checked.size());
  std::set<std::int64_t> kept;
  const auto put = [&](bool quarantined) {
    for (std::size_t i = 0; i < checked.size(); ++i) {
      if (checked[i].quarantined != quarantined) continue;
      change.facts[i] = add_one(checked[i], at);
      if (const auto source = find_equal_source(change.facts[i], checked[i].source)) kept.insert(*source);
    }
  };
  const auto withdraw = [&](bool quarantined) {
    std::vector<DocumentSource> gone;
    std::copy_if(old_sources.begin(), old_sources.end(), std::back_inserter(gone),
                 [&](const DocumentSource& old) { return old.quarantined == quarantined && !kept.contains(old.source); });
    return withdraw_unsupported(document.name, gone, at);
  };
  // What is stated for quarantine alone does not keep a fact believed.
  put(false);
  change.retracted = withdraw(false);
  put(true);
  withdraw(true);
  return change;
}

}  // namespace memllm
