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

constexpr const char* kWordIndex =
    "CREATE VIRTUAL TABLE name_words USING fts5(key, content='entity_names', content_rowid='id', tokenize='unicode61 remove_diacritics 2')";

void create(sqlite::Database& database) {
  database.execute(kTables);
  if (database.integer("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").value_or(0) > 0) database.execute(kWordIndex);
  database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
}

// True: the file holds a memory of this version. False: it is empty.
bool check_version(sqlite::Database& database) {
  const std::int64_t application = database.integer("PRAGMA application_id").value_or(0);
  const std::int64_t version = database.integer("PRAGMA user_version").value_or(0);
  if (application == 0 && database.integer("SELECT count(*) FROM sqlite_schema").value_or(0) == 0) return false;
  if (application != kApplicationId || version < 1) {
    throw Error(ErrorKind::kCorrupt, database.file().string() + " is a database of another program; give another folder for the memory");
  }
  if (version > kSchemaVersion) {
    throw Error(ErrorKind::kUnsupported, database.file().string() + " was made by a newer memllm (schema " + std::to_string(version) +
                                             ", this one reads " + std::to_string(kSchemaVersion) + "); update memllm");
  }
  return true;
}

}  // namespace

void open_schema(sqlite::Database& database) {
  bool exists = false;
  {
    // One snapshot for all that is looked at: another process may be creating the tables at this moment.
    sqlite::Transaction snapshot(database, sqlite::TransactionKind::kRead);
    exists = check_version(database);
    snapshot.commit();
  }
  database.use_write_ahead_log();
  database.execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = "
      "-65536");
  if (exists) return;
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
  if (!check_version(database)) create(database);  // another process may have been first
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
