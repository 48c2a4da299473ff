// A memory: one folder of facts on disk, with its embedder. Reading and editing need no language model.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "memllm/document.h"
#include "memllm/duplicate.h"
#include "memllm/error.h"
#include "memllm/fact.h"
#include "memllm/fact_filter.h"
#include "memllm/memory_state.h"
#include "memllm/options.h"
#include "memllm/query.h"
#include "memllm/search.h"
#include "memllm/statement.h"

namespace memllm {

// Thread rule: one thread at a time for each object; several objects, in one process or many, may have one folder open.
// A change is durable (fsync) when the call that made it returns. Calls throw Error.
class Memory {
 public:
  // Creates the folder if it is missing. kConflict: the folder was made with another embedder (the message says how to re-embed).
  static Memory open(const MemoryOptions& options);
  Memory(Memory&&) noexcept;
  Memory& operator=(Memory&&) noexcept;
  ~Memory();

  // Adds a fact, or a source to an equal one. Other facts stay, but for a functional relation what is stated outright (no document)
  // replaces them. What is stated outright is accepted if it waited in quarantine. kConflict: the equal fact has another valid time.
  FactId add(const Statement& statement);
  std::vector<FactId> add(std::span<const Statement> statements);  // one transaction
  // Replaces the parts that are set; the old fact is retracted with the new one as its successor. Returns the new id.
  FactId edit(FactId fact, const std::optional<std::string>& subject, const std::optional<std::string>& relation,
              const std::optional<std::string>& object, const std::string& author = "user");
  // The paper's editing: (subject, relation) gets the one value object; other active values are retracted as replaced.
  FactId replace(const Statement& statement);
  // Also of a quarantined fact: it was reviewed and is not believed.
  void retract(FactId fact, const std::string& reason, const std::string& author = "user");
  // A quarantined fact is believed from now on, with the author as one more source. kConflict: it is not quarantined, or an equal fact is
  // believed.
  void accept(FactId fact, const std::string& author = "user");
  // Removes rows, history texts, index entries, free pages. A sentence that states other facts too stays with those; forget_entity blanks
  // every text that mentions the name.
  void forget(FactId fact);
  // kContaining: also the facts of other entities whose names hold the name as whole words.
  void forget_entity(const std::string& name, ForgetNames names = ForgetNames::kContaining);
  // Removes a document: its sentences, and the facts that nothing else ever stated.
  void forget_document(const std::string& name);
  // Reverts the newest event that is not undone (or the given one); a run of learn counts as one event. Returns the event that it reverted;
  // nullopt: nothing to undo.
  std::optional<Event> undo(std::optional<EventId> event = std::nullopt, const std::string& author = "user");
  void add_alias(const std::string& entity, const std::string& alias);
  // Takes back the newest add_alias that made this a name of another entity. kNotFound: there is none.
  Event separate(const std::string& name, const std::string& author = "user");
  // Entities that are likely one and not joined yet; those of which it is surest first.
  std::vector<DuplicateEntities> duplicates() const;
  // embedding_template: text to embed instead of the bare name, with "{}" for the name; empty: the name.
  void set_relation(const std::string& relation, RelationPolicy policy, const std::string& embedding_template = "");

  // as_of: as it was known then, without later sources and changes; nullopt also for a fact that was recorded later.
  std::optional<Fact> get(FactId fact, const std::optional<Timestamp>& as_of = std::nullopt) const;
  std::vector<Fact> list(const FactFilter& filter) const;
  // Keeps the documents' sentences, so that they can be searched and answered from; no model is needed. What learn has written from a
  // document stays where its sentence still stands. Contract of Session::learn otherwise.
  LearnSummary keep(std::span<const Document> documents, const ProgressCallback& progress = {}, std::stop_token stop = {},
                    const ReportCallback& completed = {});
  std::vector<DocumentInfo> documents(const std::optional<Timestamp>& as_of = std::nullopt) const;  // by name
  // The full name of the one document that is called so, or whose name ends so behind "/" or "#"; nullopt: none, or several.
  std::optional<std::string> document_named(const std::string& name) const;
  // Of a document (its full name), in order.
  std::vector<Sentence> sentences(const std::string& document, const std::optional<Timestamp>& as_of = std::nullopt) const;
  // Sentences and facts that have to do with the text, best first: by their words and, with an embedder, their meaning. kInvalidArgument:
  // the text is blank.
  std::vector<SearchHit> find(const std::string& text, const SearchOptions& options = {}) const;
  // Words anywhere in subject, relation, object or aliases, then nearest names by vector. Best first.
  std::vector<Fact> search(const std::string& words, const FactFilter& filter) const;
  std::vector<Event> history(std::optional<FactId> fact, std::size_t limit = 100) const;  // newest first
  QueryResult query(const Query& query) const;                                            // thresholds of MemoryOptions
  QueryResult query(const Query& query, const QueryOptions& options) const;
  // The queries (at most 1,024) that have an answer about the last 64 names in the text that begin with a capital, a digit or a character
  // beyond ASCII (as stored, as aliases, or, with an embedder, the last 8 similar ones).
  std::vector<Query> answerable(const std::string& text) const;

  // JSON Lines, lossless both ways (docs/formats.md). import returns the number of facts; a bad line is an Error with its number and
  // nothing is imported.
  void export_jsonl(std::ostream& out) const;
  std::size_t import_jsonl(std::istream& in);

  MemoryStats stats() const;
  VerifyReport verify() const;
  void reindex();  // rebuilds the database's indices, and the vectors and index files of the name space

  const MemoryOptions& options() const;

  class Impl;

 private:
  explicit Memory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace memllm
