// Learned documents.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

// While it lives, what is recorded is a part of an event.
class ScopedPart {
 public:
  ScopedPart(Store::Impl& store, std::optional<EventId> whole) : store_(store) { store_.part_of = whole; }
  ~ScopedPart() { store_.part_of.reset(); }
  ScopedPart(const ScopedPart&) = delete;
  ScopedPart& operator=(const ScopedPart&) = delete;

 private:
  Store::Impl& store_;
};

}  // namespace

std::optional<DocumentRecord> Store::Impl::document(const std::string& name) {
  auto row = database.query(
      "SELECT name, hash, writer, learned_at, title, author, date FROM documents WHERE ns = ?1 AND name = ?2 AND (hash <> '' OR "
      "writer <> '')",  // else its learning was undone
      name_space, name);
  if (!row.step()) return std::nullopt;
  return DocumentRecord{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), std::nullopt, false};
}

std::optional<std::string> Store::Impl::document_named(const std::string& name) {
  if (document(name)) return name;
  std::optional<std::string> found;
  auto rows = database.query("SELECT name FROM documents WHERE ns = ?1 AND substr(name, -length(?2) - 1) IN ('/' || ?2, '#' || ?2) LIMIT 2",
                             name_space, name);
  while (rows.step()) {
    if (found) return std::nullopt;
    found = rows.text(0);
  }
  return found;
}

std::vector<DocumentInfo> Store::Impl::documents(const std::optional<Timestamp>& as_of) {
  std::vector<DocumentInfo> documents;
  auto rows = database.query("SELECT id, name, title, author, date, learned_at FROM documents WHERE ns = ?1 ORDER BY name", name_space);
  while (rows.step()) {
    DocumentInfo info{rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5)};
    const auto count = [&](const std::string& sql) {
      return static_cast<std::size_t>(database.integer(sql, as_of, info.name, name_space).value_or(0));
    };
    const std::string supported =
        "SELECT count(DISTINCT f.id) FROM sources s JOIN facts f ON f.id = s.fact WHERE s.document = ?2 AND f.ns = ?3 AND "
        "s.withdrawn_by IS NULL AND ";
    info.learned_at = rows.text(5);
    info.sentences = static_cast<std::size_t>(
        database
            .integer(
                "SELECT count(*) FROM sentences WHERE document = ?2 AND CASE WHEN ?1 IS NULL THEN withdrawn_at IS NULL ELSE learned_at <= "
                "?1 AND (withdrawn_at IS NULL OR withdrawn_at > ?1) END",
                as_of, rows.integer(0))
            .value_or(0));
    info.facts = count(supported + kBelieved);
    info.quarantined = count(supported + kWaiting);
    // Its learning was undone, or is later.
    const bool is_known = as_of ? info.learned_at <= *as_of : document(info.name).has_value();
    if (!is_known && info.sentences + info.facts + info.quarantined == 0) continue;
    documents.push_back(std::move(info));
  }
  return documents;
}

EventId Store::Impl::begin_learn(const std::string& detail, const std::string& author) {
  check_text("detail", detail);
  check_text("author", author);
  return record(
      {.kind = EventKind::kLearn, .at = tick(), .fact = {}, .detail = detail, .author = author, .payload = Json::object(), .refs = {}});
}

EventId Store::Impl::record_document(const DocumentRecord& document, const Timestamp& at) {
  const auto old = this->document(document.name);
  database.run(
      "INSERT INTO documents(ns, name, hash, writer, learned_at, title, author, date) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
      "ON CONFLICT(ns, name) DO UPDATE SET hash = ?3, writer = ?4, learned_at = ?5, title = ?6, author = ?7, date = ?8",
      name_space, document.name, document.content_hash, document.writer, document.learned_at, document.title, document.author,
      document.date);
  const std::int64_t id = *database.integer("SELECT id FROM documents WHERE ns = ?1 AND name = ?2", name_space, document.name);
  Json before = nullptr;
  if (old) {
    before = {{"hash", old->content_hash}, {"writer", old->writer}, {"learned_at", old->learned_at},
              {"title", old->title},       {"author", old->author}, {"date", old->date}};
  }
  return record({.kind = EventKind::kDocument,
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

// The fact that says the same and that a person corrected or rejected, if this very sentence was a reason to believe it then: that the
// document is learned again says nothing new.
std::optional<FactId> Store::Impl::find_rejected(const Statement& statement) {
  const auto subject = find_entity(Name(statement.triple.subject)), object = find_entity(Name(statement.triple.object));
  const auto relation = find_relation(Name(statement.triple.relation));
  if (!subject || !relation || !object || find_active({*subject, *relation, *object})) return std::nullopt;
  return database.integer(
      "SELECT max(f.id) FROM facts f JOIN events e ON e.id = f.retracted_by JOIN sources s ON s.fact = f.id WHERE f.relation = ?1 AND "
      "f.subject IN " +
          same_entities("?2") + " AND f.object IN " + same_entities("?3") +
          " AND e.kind IN ('retract', 'edit') AND e.author <> 'model' AND s.text = ?4 AND s.text <> ''",
      *relation, *subject, *object, statement.source.text);
}

std::vector<Fact> Store::Impl::facts_corrected_by_people(const std::string& document, const std::string& text,
                                                         const std::optional<Timestamp>& as_of) {
  std::vector<FactId> ids;
  auto rows = database.query(
      "SELECT DISTINCT f.id FROM sources s JOIN facts f ON f.id = s.fact JOIN events e ON e.id = f.retracted_by WHERE s.document = ?1 AND "
      "s.text = ?2 AND f.ns = ?3 AND e.kind IN ('retract', 'edit') AND e.author <> 'model' AND (?4 IS NULL OR f.retracted_at <= ?4) "
      "ORDER BY f.id",
      document, text, name_space, as_of);
  while (rows.step()) ids.push_back(rows.integer(0));
  std::vector<Fact> facts;
  for (const FactId id : ids) facts.push_back(*load_fact(id, as_of));
  return facts;
}

// The sources whose sentence is still one of the document's.
std::set<std::int64_t> Store::Impl::sources_that_stand(const std::vector<DocumentSource>& sources,
                                                       std::span<const SentenceDraft> sentences) {
  std::set<std::string_view> texts;
  for (const SentenceDraft& sentence : sentences) texts.insert(sentence.text);
  std::set<std::int64_t> standing;
  for (const DocumentSource& source : sources) {
    if (texts.contains(database.text("SELECT text FROM sources WHERE id = ?1", source.source).value_or(""))) standing.insert(source.source);
  }
  return standing;
}

DocumentChange Store::Impl::put_document(DocumentRecord document, std::span<const Statement> statements,
                                         std::span<const SentenceDraft> sentences) {
  if (document.name.empty()) throw Error(ErrorKind::kInvalidArgument, "a document needs a name");
  Source probe;
  probe.document = document.name;
  checked_source(probe);
  check_text("document's hash", document.content_hash);
  check_text("writer's fingerprint", document.writer);
  for (const std::string* text : {&document.title, &document.author, &document.date}) check_text("document's description", *text);
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
  const std::optional<DocumentRecord> old = this->document(document.name);
  const ScopedPart part(*this, document.learn);
  const EventId event = record_document(document, at);
  if (old && old->title != document.title) rebuild_word_indices();
  put_sentences(*database.integer("SELECT id FROM documents WHERE ns = ?1 AND name = ?2", name_space, document.name), sentences, event, at);
  DocumentChange change;
  change.facts.resize(checked.size());
  std::set<std::int64_t> kept;
  if (document.keep_facts) kept = sources_that_stand(old_sources, sentences);
  const auto put = [&](bool quarantined) {
    for (std::size_t i = 0; i < checked.size(); ++i) {
      if (checked[i].quarantined != quarantined) continue;
      if (const auto rejected = find_rejected(checked[i])) {
        change.facts[i] = *rejected;
        change.rejected.push_back(i);
        continue;
      }
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
