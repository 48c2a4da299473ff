// The store's inside, one file a noun: names.cpp, facts.cpp, changes.cpp, documents.cpp, history.cpp, undo.cpp, forget.cpp, query.cpp,
// fact_graph.cpp, search.cpp, sentences.cpp, sentence_vectors.h, export.cpp, import.cpp, verify.cpp.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/event_kind.h"
#include "base/name.h"
#include "memllm/error.h"
#include "sql/sqlite.h"
#include "store/name_vectors.h"
#include "store/sentence_vectors.h"
#include "store/store.h"

namespace memllm {

using Json = nlohmann::ordered_json;

// SQL that is true for a row f of facts that is believed; ?1 is the time, NULL: now.
inline constexpr const char* kBelieved =
    "(CASE WHEN ?1 IS NULL THEN f.retracted_at IS NULL ELSE f.recorded_at <= ?1 AND (f.retracted_at IS NULL OR f.retracted_at > ?1) AND "
    "NOT EXISTS (SELECT 1 FROM belief_gaps g WHERE g.fact = f.id AND g.begins <= ?1 AND g.ends > ?1) END)";

// SQL that is true for a row f of facts that waits for review: what retracted it is that it was stored so.
inline constexpr const char* kQuarantined = "EXISTS (SELECT 1 FROM events q WHERE q.id = f.retracted_by AND q.kind = 'quarantine')";

// The same at a time, ?1, NULL: now. Whoever rejects what waits leaves the time since when it is not believed, so that the rejection is
// later than that; who accepts it leaves a gap that begins when it was recorded.
inline constexpr const char* kWaiting =
    "((f.retracted_at IS NOT NULL AND (?1 IS NULL OR f.retracted_at <= ?1) AND EXISTS (SELECT 1 FROM events q WHERE q.id = f.retracted_by "
    "AND "
    "(q.kind = 'quarantine' OR q.at > ?1))) OR "
    "EXISTS (SELECT 1 FROM belief_gaps w WHERE w.fact = f.id AND w.begins = f.recorded_at AND w.begins <= ?1 AND w.ends > ?1))";

inline constexpr const char* kQuarantineReason = "quarantined";  // where no other is known

// SQL for the ids of an entity and of those that are the same as it. parameter: "?2", …, bound to the root's id.
std::string same_entities(const std::string& parameter);

// "Acme · founded by · Bob", for histories.
std::string describe(const Triple& triple);

// What an event is about. kind: "fact", "entity", "relation", "document".
struct EventRef {
  std::string kind;
  std::int64_t id = 0;
  auto operator<=>(const EventRef&) const = default;
};

struct EventDraft {
  EventKind kind = EventKind::kAdd;
  Timestamp at;
  std::optional<FactId> fact;  // also a ref
  std::string detail;
  std::string author;
  Json payload = Json::object();  // what undo needs (docs/formats.md)
  std::vector<EventRef> refs;
};

// Ids of one stored triple. subject and object: roots.
struct TripleIds {
  std::int64_t subject = 0;
  std::int64_t relation = 0;
  std::int64_t object = 0;
};

// A source of a fact that is believed, or waits to be.
struct DocumentSource {
  FactId fact = 0;
  std::int64_t source = 0;
  bool quarantined = false;
};

struct Store::Impl {
  explicit Impl(StoreOptions store_options);

  // names.cpp — entities stand for all that are the same as them: ids here are roots, unless said otherwise.
  std::optional<std::int64_t> find_entity(const Name& name);
  std::vector<std::string> entity_names(const Name& name);
  std::optional<std::int64_t> find_relation(const Name& name);
  std::int64_t intern_entity(const Name& name);
  std::int64_t intern_relation(const Name& name);
  std::int64_t root_of(std::int64_t entity);
  std::vector<std::int64_t> class_of(std::int64_t root);
  // To the entity itself, not its root. id: to be used; nullopt: the next one.
  std::int64_t insert_name(std::int64_t entity, const Name& name, std::optional<std::int64_t> id = std::nullopt);
  void delete_name(std::int64_t name_id);
  void add_alias(const std::string& entity, const std::string& alias);
  Event separate(const std::string& name, const std::string& author);
  void set_relation(const std::string& relation, RelationPolicy policy, const std::string& embedding_template);
  void store_policy(std::int64_t relation, bool functional, const std::string& embedding_template);

  // facts.cpp — reading and writing single rows; no events.
  // As it was known at a time (nullopt: now): with the sources of then, believed, waiting or not as it was then. nullopt: there is none, or
  // it was recorded later.
  std::optional<Fact> load_fact(FactId fact, const std::optional<Timestamp>& as_of = std::nullopt);
  Fact require_fact(FactId fact, bool active);
  TripleIds ids_of(FactId fact);
  std::vector<Source> load_sources(FactId fact, const std::optional<Timestamp>& as_of);
  std::optional<FactId> find_active(const TripleIds& triple);
  std::optional<FactId> find_quarantined(const TripleIds& triple);
  FactId insert_fact(const TripleIds& triple, const Timestamp& at, const std::optional<Timestamp>& valid_from,
                     const std::optional<Timestamp>& valid_to);
  std::int64_t insert_source(FactId fact, const Source& source, std::optional<std::int64_t> id = std::nullopt);
  std::optional<std::int64_t> find_equal_source(FactId fact, const Source& source);
  void mark_retracted(FactId fact, EventId event, const Timestamp& at, const std::string& reason, std::optional<FactId> successor);
  void mark_active(FactId fact, const Timestamp& at);
  std::vector<FactId> list_ids(const FactFilter& filter, std::optional<FactId> only = std::nullopt);
  std::vector<Fact> list(const FactFilter& filter);

  // changes.cpp — the verbs, each to be called in a write transaction.
  struct Added {
    FactId fact = 0;
    std::optional<std::int64_t> source;  // the source that was added; nullopt: an equal one was there
    bool created = false;
    bool accepted = false;  // it waited in quarantine until now
  };
  Timestamp tick();                                                 // now, never earlier than the newest change
  Added put_fact(const Statement& statement, const Timestamp& at);  // no event
  bool has_valid_time(FactId fact, const std::optional<Timestamp>& from, const std::optional<Timestamp>& to);
  // A fact has one valid time: another one that is given for it must not be lost without a word. Throws kConflict.
  void check_valid_time_of(FactId fact, const std::optional<Timestamp>& from, const std::optional<Timestamp>& to);
  FactId add(const Statement& statement, const Timestamp& at);  // what is stated by hand of a functional relation replaces
  FactId add_one(const Statement& statement, const Timestamp& at);
  FactId edit(FactId fact, const std::optional<std::string>& subject, const std::optional<std::string>& relation,
              const std::optional<std::string>& object, const std::string& author);
  FactId replace(const Statement& statement);
  FactId supersede(const std::vector<FactId>& old, const Statement& statement, const Timestamp& at, const std::string& author,
                   const std::string& detail);
  void retract(FactId fact, const std::string& reason, const std::string& author, const Timestamp& at);
  void accept(FactId fact, const std::string& author, const Timestamp& at);

  // documents.cpp
  EventId begin_learn(const std::string& detail, const std::string& author);
  DocumentChange put_document(DocumentRecord document, std::span<const Statement> statements, std::span<const SentenceDraft> sentences);
  std::optional<std::string> document_named(const std::string& name);
  std::vector<DocumentInfo> documents(const std::optional<Timestamp>& as_of);
  std::optional<DocumentRecord> document(const std::string& name);
  EventId record_document(const DocumentRecord& document, const Timestamp& at);
  std::optional<FactId> find_rejected(const Statement& statement);
  std::vector<Fact> facts_corrected_by_people(const std::string& document, const std::string& text, const std::optional<Timestamp>& as_of);
  std::set<std::int64_t> sources_that_stand(const std::vector<DocumentSource>& sources, std::span<const SentenceDraft> sentences);
  std::vector<DocumentSource> sources_of_document(const std::string& document);
  std::vector<FactId> withdraw_unsupported(const std::string& document, const std::vector<DocumentSource>& old_sources,
                                           const Timestamp& at);

  // sentences.cpp
  void put_sentences(std::int64_t document, std::span<const SentenceDraft> sentences, EventId event, const Timestamp& at);
  void index_words(SentenceId id);
  void revert_sentences(EventId event, EventId undo, const Timestamp& at);
  std::vector<Sentence> sentences(const std::string& document, const SentenceRange& range, const std::optional<Timestamp>& as_of);
  std::optional<Sentence> sentence(SentenceId id);
  std::vector<FoundSentence> sentences_with_words(std::span<const std::string> words, std::size_t limit,
                                                  const std::optional<Timestamp>& as_of);
  std::vector<FoundSentence> sentences_near(std::span<const float> vector, std::size_t limit, const std::optional<Timestamp>& as_of);

  // history.cpp
  EventId record(const EventDraft& draft);
  std::optional<Event> load_event(EventId event);
  std::vector<EventRef> refs_of(EventId event);
  Json payload_of(EventId event);
  std::vector<Event> history(std::optional<FactId> fact, std::size_t limit);

  // undo.cpp
  std::optional<Event> undo(std::optional<EventId> event, const std::string& author);
  Event undo_one(EventId wanted, const std::string& author);
  void revert(const Event& event, EventId undo, const Timestamp& at);
  void revert_retraction(FactId fact, EventId event, const Timestamp& at);
  void revert_edit(const Event& event, const Json& payload, EventId undo, const Timestamp& at);
  void withdraw_source(const Json& payload, EventId undo);
  void revert_alias(const Json& payload);
  void revert_document(const Json& payload);
  void reactivate(FactId fact, EventId retracted_by, const Timestamp& at);
  void back_to_quarantine(FactId fact, const Timestamp& at);
  std::string quarantine_reason(FactId fact);

  // forget.cpp
  void forget(FactId fact);
  void forget_entity(const Name& name, ForgetNames names);
  std::set<std::int64_t> entities_that_contain(const std::vector<std::string>& names);
  void forget_document(const std::string& name);
  // In a write transaction. entities: with all their names, which are blanked wherever they stand.
  void erase(const std::vector<FactId>& facts, const std::vector<std::int64_t>& entities);
  void rebuild_word_indices();
  void clean_up_after_forget();
  void rewrite_file();

  // query.cpp, search.cpp
  QueryResult query(const Query& query, const QueryOptions& options);
  std::vector<Query> queries_about(const std::string& entity, const QueryOptions& options);
  std::vector<Fact> search(const std::string& words, const FactFilter& filter);
  std::vector<FactId> facts_with_words(const std::vector<std::string>& words);
  void append_facts_near(const std::string& text, std::vector<FactId>& ranked);

  // export.cpp, import.cpp, verify.cpp
  void export_jsonl(std::ostream& out);
  std::size_t import_jsonl(std::istream& in);
  void raise_clock();
  MemoryStats stats();
  VerifyReport verify();
  void reindex();

  StoreOptions options;
  sqlite::Database database;
  std::int64_t name_space = 0;
  bool has_words = false;  // the word index exists
  NameVectors vectors;
  SentenceVectors sentence_vectors;
  std::optional<EventId> part_of;  // the event that those recorded now are parts of
};

}  // namespace memllm
