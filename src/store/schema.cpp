#include "store/schema.h"

#include "memllm/error.h"

namespace memllm {
namespace {

// AUTOINCREMENT: an id is never used twice, also not after forget. References that may point forward (successor, undone_by, …) are
// deferred. Entities and relations belong to one name space, so that the indices of facts by subject and by object need no ns column.
constexpr const char* kTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE name_spaces(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);

CREATE TABLE entities(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  name TEXT NOT NULL,
  same_as INTEGER REFERENCES entities(id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX entities_by_same ON entities(same_as) WHERE same_as IS NOT NULL;
CREATE TABLE entity_names(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  entity INTEGER NOT NULL REFERENCES entities(id),
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  embedded INTEGER NOT NULL DEFAULT 0,
  UNIQUE(ns, key));
CREATE INDEX entity_names_by_entity ON entity_names(entity);
CREATE INDEX entity_names_pending ON entity_names(ns) WHERE embedded = 0;
CREATE TABLE relations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  functional INTEGER NOT NULL DEFAULT 0,
  template TEXT NOT NULL DEFAULT '',
  embedded INTEGER NOT NULL DEFAULT 0,
  UNIQUE(ns, key));
CREATE INDEX relations_pending ON relations(ns) WHERE embedded = 0;

CREATE TABLE vectors(kind INTEGER NOT NULL, id INTEGER NOT NULL, vector BLOB NOT NULL, PRIMARY KEY(kind, id));
CREATE TABLE vector_changes(seq INTEGER PRIMARY KEY AUTOINCREMENT, ns INTEGER NOT NULL, kind INTEGER NOT NULL, id INTEGER NOT NULL);
CREATE INDEX vector_changes_by_kind ON vector_changes(ns, kind, seq);

CREATE TABLE events(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  fact INTEGER REFERENCES facts(id) DEFERRABLE INITIALLY DEFERRED,
  detail TEXT NOT NULL,
  author TEXT NOT NULL,
  payload TEXT NOT NULL,
  undone_by INTEGER REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX events_by_space ON events(ns);
CREATE INDEX events_by_undo ON events(undone_by) WHERE undone_by IS NOT NULL;
CREATE INDEX events_by_fact ON events(fact) WHERE fact IS NOT NULL;
CREATE TABLE event_refs(
  event INTEGER NOT NULL REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
  kind TEXT NOT NULL,
  ref INTEGER NOT NULL,
  PRIMARY KEY(kind, ref, event)) WITHOUT ROWID;
CREATE INDEX event_refs_by_event ON event_refs(event);

CREATE TABLE facts(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  subject INTEGER NOT NULL REFERENCES entities(id),
  relation INTEGER NOT NULL REFERENCES relations(id),
  object INTEGER NOT NULL REFERENCES entities(id),
  recorded_at TEXT NOT NULL,
  valid_from TEXT,
  valid_to TEXT,
  retracted_at TEXT,
  retracted_by INTEGER REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
  reason TEXT NOT NULL DEFAULT '',
  successor INTEGER REFERENCES facts(id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX facts_by_subject ON facts(subject, relation, object);
CREATE INDEX facts_by_object ON facts(object, relation);
CREATE INDEX facts_by_relation ON facts(relation);
CREATE INDEX facts_by_successor ON facts(successor) WHERE successor IS NOT NULL;
CREATE INDEX facts_by_retraction ON facts(retracted_by) WHERE retracted_by IS NOT NULL;
CREATE TABLE belief_gaps(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fact INTEGER NOT NULL REFERENCES facts(id),
  begins TEXT NOT NULL,
  ends TEXT NOT NULL);
CREATE INDEX belief_gaps_by_fact ON belief_gaps(fact);
CREATE TABLE sources(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fact INTEGER NOT NULL REFERENCES facts(id),
  document TEXT NOT NULL,
  sentence INTEGER NOT NULL,
  text TEXT NOT NULL,
  text_begin INTEGER NOT NULL, text_end INTEGER NOT NULL,
  subject_begin INTEGER, subject_end INTEGER,
  object_begin INTEGER, object_end INTEGER,
  author TEXT NOT NULL,
  model TEXT NOT NULL,
  adapter TEXT NOT NULL,
  mean_log_probability REAL,
  asserted_at TEXT NOT NULL,
  withdrawn_by INTEGER REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX sources_by_fact ON sources(fact);
CREATE INDEX sources_by_document ON sources(document) WHERE document <> '';
CREATE INDEX sources_by_withdrawal ON sources(withdrawn_by) WHERE withdrawn_by IS NOT NULL;
CREATE TABLE documents(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  writer TEXT NOT NULL,
  learned_at TEXT NOT NULL,
  UNIQUE(ns, name));
)sql";

// What version 2 has more than 1: sentences, what is known of a document, events that are parts of others.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE documents ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN date TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN part_of INTEGER REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX events_by_whole ON events(part_of) WHERE part_of IS NOT NULL;
CREATE TABLE sentences(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ns INTEGER NOT NULL REFERENCES name_spaces(id),
  document INTEGER NOT NULL REFERENCES documents(id),
  number INTEGER NOT NULL,
  text_begin INTEGER NOT NULL, text_end INTEGER NOT NULL,
  text TEXT NOT NULL,
  heading TEXT NOT NULL DEFAULT '',
  speaker TEXT NOT NULL DEFAULT '',
  is_heading INTEGER NOT NULL DEFAULT 0,
  learned_at TEXT NOT NULL,
  learned_by INTEGER REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
  withdrawn_at TEXT,
  withdrawn_by INTEGER REFERENCES events(id) DEFERRABLE INITIALLY DEFERRED,
  vector BLOB);
CREATE INDEX sentences_by_document ON sentences(document, number);
CREATE INDEX sentences_by_learning ON sentences(learned_by);
CREATE INDEX sentences_by_withdrawal ON sentences(withdrawn_by) WHERE withdrawn_by IS NOT NULL;
CREATE INDEX sentences_pending ON sentences(ns) WHERE vector IS NULL;
CREATE VIEW sentence_texts AS
  SELECT s.id AS id, s.text AS text, d.title || ' ' || s.heading || ' ' || s.speaker AS over
  FROM sentences s JOIN documents d ON d.id = s.document;
)sql";

constexpr const char* kSentenceWords =
    "CREATE VIRTUAL TABLE sentence_words USING fts5(text, over, content='sentence_texts', content_rowid='id', "
    "tokenize='unicode61 remove_diacritics 2')";

constexpr const char* kWordIndex =
    "CREATE VIRTUAL TABLE name_words USING fts5(key, content='entity_names', content_rowid='id', tokenize='unicode61 remove_diacritics 2')";

bool has_fts(sqlite::Database& database) {
  return database.integer("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").value_or(0) > 0;
}

void upgrade_to_2(sqlite::Database& database) {
  database.execute(kVersion2);
  if (has_fts(database)) database.execute(kSentenceWords);
  database.execute("PRAGMA user_version = 2");
}

void create(sqlite::Database& database) {
  database.execute(kTables);
  if (has_fts(database)) database.execute(kWordIndex);
  database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  upgrade_to_2(database);
}

// The version of the memory that the file holds; 0: it is empty.
std::int64_t check_version(sqlite::Database& database) {
  const std::int64_t application = database.integer("PRAGMA application_id").value_or(0);
  const std::int64_t version = database.integer("PRAGMA user_version").value_or(0);
  if (application == 0 && database.integer("SELECT count(*) FROM sqlite_schema").value_or(0) == 0) return 0;
  if (application != kApplicationId || version < 1) {
    throw Error(ErrorKind::kCorrupt, database.file().string() + " is a database of another program; give another folder for the memory");
  }
  if (version > kSchemaVersion) {
    throw Error(ErrorKind::kUnsupported, database.file().string() + " was made by a newer memllm (schema " + std::to_string(version) +
                                             ", this one reads " + std::to_string(kSchemaVersion) + "); update memllm");
  }
  return version;
}

}  // namespace

void open_schema(sqlite::Database& database) {
  std::int64_t version = 0;
  {
    // One snapshot for all that is looked at: another process may be creating the tables at this moment.
    sqlite::Transaction snapshot(database, sqlite::TransactionKind::kRead);
    version = check_version(database);
    snapshot.commit();
  }
  database.use_write_ahead_log();
  database.execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = "
      "-65536");
  if (version == kSchemaVersion) return;
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
  version = check_version(database);  // another process may have been first
  if (version == 0) create(database);
  if (version == 1) upgrade_to_2(database);
  transaction.commit();
}

std::string meta(sqlite::Database& database, std::string_view key, std::string_view fallback) {
  return database.text("SELECT value FROM meta WHERE key = ?1", key).value_or(std::string(fallback));
}

std::int64_t meta_integer(sqlite::Database& database, std::string_view key, std::int64_t fallback) {
  return database.integer("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1", key).value_or(fallback);
}

void set_meta(sqlite::Database& database, std::string_view key, std::string_view value) {
  database.run("INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2", key, value);
}

bool has_word_index(sqlite::Database& database) {
  return database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'name_words'").value_or(0) > 0;
}

}  // namespace memllm
