// The memory on disk: entities, relations, facts, sources, history. SQLite in WAL mode, schema version 2 (docs/formats.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "memllm/fact_filter.h"
#include "memllm/memory_state.h"
#include "memllm/options.h"
#include "memllm/query.h"
#include "memllm/sentence.h"
#include "memllm/statement.h"

namespace memllm {

// Texts to unit vectors, row-major [texts, dimension]. Called only when a name is not in the memory as written.
struct NameEmbedding {
  std::string fingerprint;  // stored with the memory; another one on open is kConflict
  std::size_t dimension = 0;
  std::function<std::vector<float>(std::span<const std::string>)> embed;  // empty: no vector search
};

struct StoreOptions {
  std::filesystem::path folder;
  std::string name_space = "default";
  NameEmbedding embedding;
  EmbedderMismatch embedder_mismatch = EmbedderMismatch::kRefuse;
  Logger logger;
  Clock clock = now_utc;
};

// What the store knows of a learned document.
struct DocumentRecord {
  std::string name;
  std::string content_hash;
  std::string writer;  // fingerprint of model, adapter and write options: another writer re-learns
  Timestamp learned_at;
  std::string title, author, date;  // empty: unknown
  std::optional<EventId> learn;     // the event of begin_learn that this is a part of
  // Nothing was written from this version yet: what the last one supported stays where its sentence still stands.
  bool keep_facts = false;
};

// A sentence to be kept.
struct SentenceDraft {
  std::int64_t number = 0;  // in the document
  Span span;
  std::string text, heading, speaker;
  bool is_heading = false;
};

// Numbers of a document's sentences, both included.
struct SentenceRange {
  std::int64_t first = 0, last = std::numeric_limits<std::int64_t>::max();
};

// A sentence that words or a vector found.
struct FoundSentence {
  SentenceId id = 0;
  double score = 0;  // words: BM25, more is better; vectors: cosine
};

struct DocumentChange {
  std::vector<FactId> facts;      // one for each statement, in order
  std::vector<FactId> retracted;  // active facts that nothing but the document's earlier version stated outright
  // Indices of statements that a person has corrected or rejected as read from the same sentence: they are not believed again.
  std::vector<std::size_t> rejected;
};

// Thread rule: one thread at a time for each object; several objects and processes may open one folder (WAL, busy time-out 10 s, then
// kIo that says another process holds it). A change is durable when the call returns (synchronous=FULL). All names are checked on entry
// (see Statement). Only the name space of the options is seen.
class Store {
 public:
  explicit Store(const StoreOptions& options);
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  // Contracts as in memllm::Memory.
  std::vector<FactId> add(std::span<const Statement> statements);
  FactId edit(FactId fact, const std::optional<std::string>& subject, const std::optional<std::string>& relation,
              const std::optional<std::string>& object, const std::string& author);
  FactId replace(const Statement& statement);
  void retract(FactId fact, const std::string& reason, const std::string& author);
  void accept(FactId fact, const std::string& author);
  void forget(FactId fact);
  void forget_entity(const std::string& name, ForgetNames names = ForgetNames::kContaining);
  // Newest first for each thing: kConflict (naming the later event) when something that the event was about has changed since. Forgetting
  // and undoing are never undone; without an event they are passed over.
  std::optional<Event> undo(std::optional<EventId> event, const std::string& author);
  // Where the alias is an entity of its own, both become one entity; their facts keep their ids.
  void add_alias(const std::string& entity, const std::string& alias);
  Event separate(const std::string& name, const std::string& author);
  void set_relation(const std::string& relation, RelationPolicy policy, const std::string& embedding_template);

  // An event that the documents' changes can be parts of: undone as one. detail: for the history.
  EventId begin_learn(const std::string& detail, const std::string& author);
  // Replaces the document's sentences, and everything that it supported by statements, in one transaction, and records its hash. A fact
  // whose last support was the old version is retracted ("no longer in DOCUMENT"); where the new version states it for quarantine only, it
  // waits there, as a new fact.
  DocumentChange put_document(const DocumentRecord& document, std::span<const Statement> statements,
                              std::span<const SentenceDraft> sentences = {});
  std::optional<DocumentRecord> document(const std::string& name) const;
  // The full name of the one document that is called so, or whose name ends so behind "/" or "#"; nullopt: none, or several.
  std::optional<std::string> document_named(const std::string& name) const;
  std::vector<DocumentInfo> documents(const std::optional<Timestamp>& as_of) const;  // by name
  // Contract of Memory::forget_document.
  void forget_document(const std::string& name);

  // Of a document, in order. as_of: as it was then; nullopt: now.
  std::vector<Sentence> sentences(const std::string& document, const std::optional<Timestamp>& as_of) const;
  std::vector<Sentence> sentences(const std::string& document, const SentenceRange& range, const std::optional<Timestamp>& as_of) const;
  std::optional<Sentence> sentence(SentenceId id) const;
  // Facts of which this sentence was a reason and which a person corrected or rejected: they outrank what it says.
  std::vector<Fact> facts_corrected_by_people(const Sentence& sentence, const std::optional<Timestamp>& as_of) const;
  // Sentences that hold any of the words, in their text or in what stands over them, best first by BM25. A word of four letters or more
  // also finds what begins with it.
  std::vector<FoundSentence> sentences_with_words(std::span<const std::string> words, std::size_t limit,
                                                  const std::optional<Timestamp>& as_of) const;
  // The sentences nearest to a unit vector, of those that have one. Without an embedder: none.
  std::vector<FoundSentence> sentences_near(std::span<const float> vector, std::size_t limit, const std::optional<Timestamp>& as_of) const;
  // Embeds at most so many sentences that have no vector yet; returns how many are left. Without an embedder: 0.
  std::size_t embed_sentences(std::size_t limit);

  std::optional<Fact> get(FactId fact, const std::optional<Timestamp>& as_of = std::nullopt) const;
  std::vector<Fact> list(const FactFilter& filter) const;
  std::vector<Fact> search(const std::string& words, const FactFilter& filter) const;
  std::vector<Event> history(std::optional<FactId> fact, std::size_t limit) const;
  // options.name_space: the store's own, or left at its default.
  QueryResult query(const Query& query, const QueryOptions& options) const;
  // Every query about this name that has an answer: the relations of the entities that query() takes the name for, of which the name is
  // the subject, then those of which it is the object. The name is used as given.
  std::vector<Query> queries_about(const std::string& entity, const QueryOptions& options) const;
  std::vector<std::string> relations() const;                            // names, most used first
  bool has_entity(const std::string& name) const;                        // by name or alias
  std::vector<std::string> all_entity_names() const;                     // and aliases, oldest first
  std::vector<std::string> entity_names(const std::string& name) const;  // all names and aliases of the entity; none: it is unknown

  void export_jsonl(std::ostream& out) const;
  std::size_t import_jsonl(std::istream& in);
  MemoryStats stats() const;
  VerifyReport verify() const;
  void reindex();

  struct Impl;  // defined inside this room

 private:
  friend class FactGraph;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memllm
