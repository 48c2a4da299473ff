#include "store/store.h"

#include <istream>
#include <ostream>
#include <system_error>

#include "store/checks.h"
#include "store/schema.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

using sqlite::Transaction;
using sqlite::TransactionKind;

constexpr const char* kDatabaseFile = "memory.sqlite";

std::filesystem::path database_file(const std::filesystem::path& folder) {
  if (folder.empty()) throw Error(ErrorKind::kInvalidArgument, "a memory needs a folder");
  std::error_code error, unknown;
  std::filesystem::create_directories(folder, error);
  if (!std::filesystem::is_directory(folder, unknown)) {
    throw Error(ErrorKind::kIo, "cannot make the folder " + folder.string() + (error ? " (" + error.message() + ")" : ""));
  }
  return folder / kDatabaseFile;
}

void drop_all_vectors(sqlite::Database& database) {
  database.run("INSERT INTO vector_changes(ns, kind, id) VALUES(0, 0, 0)");
  set_meta(database, "vector_floor", std::to_string(database.last_insert_id()));
  for (const char* sql : {"DELETE FROM vector_changes", "DELETE FROM vectors", "UPDATE entity_names SET embedded = 0",
                          "UPDATE relations SET embedded = 0", "UPDATE sentences SET vector = NULL"}) {
    database.run(sql);
  }
}

void settle_embedder(sqlite::Database& database, const StoreOptions& options) {
  const NameEmbedding& embedding = options.embedding;
  if (!embedding.embed) return;
  const std::string known = meta(database, "embedder");
  const auto dimension = static_cast<std::size_t>(meta_integer(database, "dimension"));
  if (known == embedding.fingerprint && dimension == embedding.dimension) return;
  if (!known.empty() && options.embedder_mismatch == EmbedderMismatch::kRefuse) {
    throw Error(ErrorKind::kConflict, "the memory in " + options.folder.string() + " was made with another embedder (" + known + ", not " +
                                          embedding.fingerprint + "); give that one, or embed all names anew with: memllm reindex");
  }
  drop_all_vectors(database);
  set_meta(database, "embedder", embedding.fingerprint);
  set_meta(database, "dimension", std::to_string(embedding.dimension));
}

// Opens the tables and returns the name space's id.
std::int64_t prepare(sqlite::Database& database, const StoreOptions& options) {
  open_schema(database);
  const auto find = [&] { return database.integer("SELECT id FROM name_spaces WHERE name = ?1", options.name_space); };
  const bool settled =
      !options.embedding.embed || (meta(database, "embedder") == options.embedding.fingerprint &&
                                   meta_integer(database, "dimension") == static_cast<std::int64_t>(options.embedding.dimension));
  if (const auto known = find(); known && settled) return *known;
  Transaction transaction(database, TransactionKind::kWrite);
  settle_embedder(database, options);
  if (!find()) database.run("INSERT INTO name_spaces(name) VALUES(?1)", options.name_space);
  const std::int64_t id = *find();
  transaction.commit();
  return id;
}

StoreOptions checked_options(StoreOptions options) {
  options.name_space = checked_name("name space", options.name_space).text;
  if (!options.clock) options.clock = now_utc;
  if (options.embedding.embed && (options.embedding.dimension == 0 || options.embedding.fingerprint.empty())) {
    throw Error(ErrorKind::kInvalidArgument, "an embedder needs a dimension and a fingerprint");
  }
  return options;
}

}  // namespace

Store::Impl::Impl(StoreOptions store_options)
    : options(checked_options(std::move(store_options))),
      database(database_file(options.folder)),
      name_space(prepare(database, options)),
      has_words(has_word_index(database)),
      vectors(database, name_space, options),
      sentence_vectors(database, name_space, options) {}

Store::Store(const StoreOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

namespace {

std::optional<Timestamp> canonical(const std::optional<Timestamp>& time) {
  return time ? std::optional(parse_timestamp(*time)) : std::nullopt;
}

// Runs one change in a transaction of its own.
template <typename Change>
auto changed(sqlite::Database& database, Change change) {
  Transaction transaction(database, TransactionKind::kWrite);
  auto result = change();
  transaction.commit();
  return result;
}

template <typename Reading>
auto read(sqlite::Database& database, Reading reading) {
  Transaction transaction(database, TransactionKind::kRead);
  auto result = reading();
  transaction.commit();
  return result;
}

}  // namespace

std::vector<FactId> Store::add(std::span<const Statement> statements) {
  std::vector<Statement> checked;
  checked.reserve(statements.size());
  for (const Statement& statement : statements) checked.push_back(checked_statement(statement));
  if (checked.empty()) return {};
  return changed(impl_->database, [&] {
    const Timestamp at = impl_->tick();
    std::vector<FactId> ids;
    ids.reserve(checked.size());
    for (const Statement& statement : checked) ids.push_back(impl_->add(statement, at));
    return ids;
  });
}

FactId Store::edit(FactId fact, const std::optional<std::string>& subject, const std::optional<std::string>& relation,
                   const std::optional<std::string>& object, const std::string& author) {
  return changed(impl_->database, [&] { return impl_->edit(fact, subject, relation, object, author); });
}

FactId Store::replace(const Statement& statement) {
  return changed(impl_->database, [&] { return impl_->replace(statement); });
}

void Store::retract(FactId fact, const std::string& reason, const std::string& author) {
  changed(impl_->database, [&] { return impl_->retract(fact, reason, author, impl_->tick()), 0; });
}

void Store::accept(FactId fact, const std::string& author) {
  changed(impl_->database, [&] { return impl_->accept(fact, author, impl_->tick()), 0; });
}

void Store::forget(FactId fact) { impl_->forget(fact); }

void Store::forget_entity(const std::string& name, ForgetNames names) { impl_->forget_entity(checked_name("entity", name), names); }

std::optional<Event> Store::undo(std::optional<EventId> event, const std::string& author) {
  try {
    return changed(impl_->database, [&] { return impl_->undo(event, author); });
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kCorrupt, std::string("the event has lost what undo needs: ") + error.what());
  }
}

Event Store::separate(const std::string& name, const std::string& author) {
  return changed(impl_->database, [&] { return impl_->separate(name, author); });
}

void Store::add_alias(const std::string& entity, const std::string& alias) {
  changed(impl_->database, [&] { return impl_->add_alias(entity, alias), 0; });
}

void Store::set_relation(const std::string& relation, RelationPolicy policy, const std::string& embedding_template) {
  changed(impl_->database, [&] { return impl_->set_relation(relation, policy, embedding_template), 0; });
}

EventId Store::begin_learn(const std::string& detail, const std::string& author) {
  return changed(impl_->database, [&] { return impl_->begin_learn(detail, author); });
}

DocumentChange Store::put_document(const DocumentRecord& document, std::span<const Statement> statements,
                                   std::span<const SentenceDraft> sentences) {
  return changed(impl_->database, [&] { return impl_->put_document(document, statements, sentences); });
}

std::vector<Fact> Store::facts_corrected_by_people(const Sentence& sentence, const std::optional<Timestamp>& as_of) const {
  return read(impl_->database, [&] { return impl_->facts_corrected_by_people(sentence.document, sentence.text, canonical(as_of)); });
}

std::optional<std::string> Store::document_named(const std::string& name) const { return impl_->document_named(name); }

std::vector<DocumentInfo> Store::documents(const std::optional<Timestamp>& as_of) const {
  return read(impl_->database, [&] { return impl_->documents(canonical(as_of)); });
}

void Store::forget_document(const std::string& name) { impl_->forget_document(name); }

std::vector<Sentence> Store::sentences(const std::string& document, const std::optional<Timestamp>& as_of) const {
  return sentences(document, {}, as_of);
}

std::vector<Sentence> Store::sentences(const std::string& document, const SentenceRange& range,
                                       const std::optional<Timestamp>& as_of) const {
  return read(impl_->database, [&] { return impl_->sentences(document, range, canonical(as_of)); });
}

std::optional<Sentence> Store::sentence(SentenceId id) const { return impl_->sentence(id); }

std::vector<FoundSentence> Store::sentences_with_words(std::span<const std::string> words, std::size_t limit,
                                                       const std::optional<Timestamp>& as_of) const {
  return read(impl_->database, [&] { return impl_->sentences_with_words(words, limit, canonical(as_of)); });
}

std::vector<FoundSentence> Store::sentences_near(std::span<const float> vector, std::size_t limit,
                                                 const std::optional<Timestamp>& as_of) const {
  return read(impl_->database, [&] { return impl_->sentences_near(vector, limit, canonical(as_of)); });
}

std::size_t Store::embed_sentences(std::size_t limit) { return impl_->sentence_vectors.embed(limit); }

std::optional<DocumentRecord> Store::document(const std::string& name) const { return impl_->document(name); }

std::optional<Fact> Store::get(FactId fact, const std::optional<Timestamp>& as_of) const {
  return read(impl_->database, [&] { return impl_->load_fact(fact, canonical(as_of)); });
}

std::vector<Fact> Store::list(const FactFilter& filter) const { return impl_->list(filter); }

std::vector<Fact> Store::search(const std::string& words, const FactFilter& filter) const { return impl_->search(words, filter); }

std::vector<Event> Store::history(std::optional<FactId> fact, std::size_t limit) const { return impl_->history(fact, limit); }

QueryResult Store::query(const Query& query, const QueryOptions& options) const { return impl_->query(query, options); }

std::vector<std::string> Store::relations() const {
  std::vector<std::string> names;
  auto rows = impl_->database.query(
      "SELECT r.name FROM relations r LEFT JOIN facts f ON f.relation = r.id AND f.retracted_at IS NULL WHERE r.ns = ?1 GROUP BY r.id "
      "ORDER BY count(f.id) DESC, r.id",
      impl_->name_space);
  while (rows.step()) names.push_back(rows.text(0));
  return names;
}

std::vector<Query> Store::queries_about(const std::string& entity, const QueryOptions& options) const {
  return impl_->queries_about(entity, options);
}

bool Store::has_entity(const std::string& name) const { return impl_->find_entity(Name(name)).has_value(); }

std::vector<std::string> Store::all_entity_names() const {
  std::vector<std::string> names;
  auto rows = impl_->database.query("SELECT name FROM entity_names WHERE ns = ?1 ORDER BY id", impl_->name_space);
  while (rows.step()) names.push_back(rows.text(0));
  return names;
}

std::vector<std::string> Store::entity_names(const std::string& name) const { return impl_->entity_names(Name(name)); }

void Store::export_jsonl(std::ostream& out) const { impl_->export_jsonl(out); }

std::size_t Store::import_jsonl(std::istream& in) { return impl_->import_jsonl(in); }

MemoryStats Store::stats() const { return impl_->stats(); }

VerifyReport Store::verify() const { return impl_->verify(); }

void Store::reindex() { impl_->reindex(); }

}  // namespace memllm
