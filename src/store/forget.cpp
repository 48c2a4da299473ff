// Forgetting: the one verb that destroys. Rows go, texts that mention what was forgotten are blanked, and the file is written anew.
#include <algorithm>
#include <set>

#include "base/name.h"
#include "base/text.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}

// Whether the normalised text holds the key as whole words. Next to non-ASCII characters there is no telling (many scripts write no
// spaces): there every occurrence counts.
bool mentions(const std::string& text, const std::string& key) {
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    const bool glued_before = at > 0 && is_word_byte(text[at - 1]) && is_word_byte(key.front());
    const std::size_t end = at + key.size();
    const bool glued_after = end < text.size() && is_word_byte(text[end]) && is_word_byte(key.back());
    if (!glued_before && !glued_after) return true;
  }
  return false;
}

// Takes ids of facts and entities that are gone out of what undo needs.
void strip(Json& payload, const std::set<std::int64_t>& facts, const std::set<std::int64_t>& entities) {
  if (payload.contains("new") && facts.contains(payload["new"].get<std::int64_t>())) {
    for (const char* key : {"new", "created", "source", "accepted"}) payload.erase(key);
  }
  const auto drop = [](Json& list, auto is_gone) {
    Json left = Json::array();
    for (const Json& item : list) {
      if (!is_gone(item)) left.push_back(item);
    }
    list = std::move(left);
  };
  if (payload.contains("old")) drop(payload["old"], [&](const Json& item) { return facts.contains(item.get<std::int64_t>()); });
  if (payload.contains("links"))
    drop(payload["links"], [&](const Json& item) { return entities.contains(item.at(0).get<std::int64_t>()); });
}

// Removes rows of one forget, in its transaction.
class Eraser {
 public:
  explicit Eraser(Store::Impl& store) : store_(store), database_(store.database) {}

  void erase_fact(FactId fact) {
    auto row = database_.query("SELECT subject, relation, object FROM facts WHERE id = ?1", fact);
    if (!row.step()) return;
    entities_.insert({store_.root_of(row.integer(0)), store_.root_of(row.integer(2))});
    relations_.insert(row.integer(1));
    facts_.insert(fact);
    database_.run("UPDATE facts SET successor = NULL WHERE successor = ?1", fact);
    database_.run("DELETE FROM belief_gaps WHERE fact = ?1", fact);
    database_.run("DELETE FROM sources WHERE fact = ?1", fact);
    erase_refs("fact", fact);
    database_.run("UPDATE events SET fact = NULL WHERE fact = ?1", fact);
    database_.run("DELETE FROM facts WHERE id = ?1", fact);
  }

  void add_entity(std::int64_t root) { entities_.insert(root); }

  void erase_document(std::int64_t document) {
    database_.run("DELETE FROM sentences WHERE document = ?1", document);
    erase_refs("document", document);
    database_.run("DELETE FROM documents WHERE id = ?1", document);
  }

  // Entities and relations that no fact uses any more, and the events that were about nothing else.
  void erase_orphans() {
    for (const std::int64_t root : entities_) erase_entity_if_unused(root);
    for (const std::int64_t relation : relations_) erase_relation_if_unused(relation);
    for (const EventId event : events_) {
      if (store_.refs_of(event).empty()) {
        database_.run("DELETE FROM events WHERE id = ?1", event);
        continue;
      }
      Json payload = store_.payload_of(event);
      try {
        strip(payload, facts_, erased_entities_);
      } catch (const Json::exception&) {
        payload = Json::object();  // an import may have brought anything
      }
      database_.run("UPDATE events SET detail = ?2, payload = ?3 WHERE id = ?1", event, kForgotten, payload.dump());
    }
  }

 private:
  void erase_refs(std::string_view kind, std::int64_t id) {
    auto rows = database_.query("SELECT event FROM event_refs WHERE kind = ?1 AND ref = ?2", kind, id);
    while (rows.step()) events_.insert(rows.integer(0));
    database_.run("DELETE FROM event_refs WHERE kind = ?1 AND ref = ?2", kind, id);
  }

  void erase_entity_if_unused(std::int64_t root) {
    const std::vector<std::int64_t> members = store_.class_of(root);
    for (const std::int64_t member : members) {
      if (database_.integer(
              "SELECT 1 WHERE EXISTS (SELECT 1 FROM facts WHERE subject = ?1) OR EXISTS (SELECT 1 FROM facts WHERE object = ?1)", member)) {
        return;
      }
    }
    for (const std::int64_t member : members) {
      std::vector<std::int64_t> names;
      {
        auto rows = database_.query("SELECT id FROM entity_names WHERE entity = ?1", member);
        while (rows.step()) names.push_back(rows.integer(0));
      }
      for (const std::int64_t name : names) store_.delete_name(name);
      erase_refs("entity", member);
      erased_entities_.insert(member);
      database_.run("DELETE FROM entities WHERE id = ?1", member);
    }
  }

  // A relation that was given a policy is part of how the memory is set up, and stays.
  void erase_relation_if_unused(std::int64_t relation) {
    if (database_.integer("SELECT 1 FROM facts WHERE relation = ?1 LIMIT 1", relation)) return;
    if (!database_.integer("SELECT 1 FROM relations WHERE id = ?1 AND functional = 0 AND template = ''", relation)) return;
    store_.vectors.remove(NameKind::kRelation, relation);
    erase_refs("relation", relation);
    database_.run("DELETE FROM relations WHERE id = ?1", relation);
  }

  Store::Impl& store_;
  sqlite::Database& database_;
  std::set<std::int64_t> facts_, entities_, erased_entities_, relations_;
  std::set<EventId> events_;
};

// Blanks a column wherever it mentions one of the keys. also: further assignments, beginning with a comma.
void blank_mentions(sqlite::Database& database, const std::string& select, const std::string& table, const std::string& column,
                    const std::string& also, const std::vector<std::string>& keys, std::int64_t name_space) {
  std::vector<std::int64_t> ids;
  {
    auto rows = database.query(select, name_space);
    while (rows.step()) {
      const std::string text = normalised(rows.text(1));
      if (std::any_of(keys.begin(), keys.end(), [&text](const std::string& key) { return mentions(text, key); }))
        ids.push_back(rows.integer(0));
    }
  }
  const std::string update = "UPDATE " + table + " SET " + column + " = ?2" + also + " WHERE id = ?1";
  for (const std::int64_t id : ids) database.run(update, id, kForgotten);
}

void blank_everywhere(sqlite::Database& database, const std::vector<std::string>& keys, std::int64_t name_space) {
  const auto of_facts = [](const std::string& column) {
    return "SELECT s.id, s." + column + " FROM sources s JOIN facts f ON f.id = s.fact WHERE f.ns = ?1 AND s." + column + " <> ''";
  };
  blank_mentions(database, of_facts("text"), "sources", "text",
                 ", subject_begin = NULL, subject_end = NULL, object_begin = NULL, object_end = NULL", keys, name_space);
  blank_mentions(database, of_facts("document"), "sources", "document", "", keys, name_space);
  blank_mentions(database, of_facts("author"), "sources", "author", "", keys, name_space);
  for (const char* column : {"detail", "author"}) {
    blank_mentions(database, std::string("SELECT id, ") + column + " FROM events WHERE ns = ?1", "events", column, "", keys, name_space);
  }
  for (const char* column : {"text", "heading", "speaker"}) {
    blank_mentions(database, std::string("SELECT id, ") + column + " FROM sentences WHERE ns = ?1 AND " + column + " <> ''", "sentences",
                   column, ", vector = NULL", keys, name_space);
  }
  for (const char* column : {"title", "author"}) {
    blank_mentions(database, std::string("SELECT id, ") + column + " FROM documents WHERE ns = ?1 AND " + column + " <> ''", "documents",
                   column, "", keys, name_space);
  }
  blank_mentions(database, "SELECT id, reason FROM facts WHERE ns = ?1 AND reason <> ''", "facts", "reason", "", keys, name_space);
  // Names of documents are unique.
  std::vector<std::int64_t> documents;
  {
    auto rows = database.query("SELECT id, name FROM documents WHERE ns = ?1", name_space);
    while (rows.step()) {
      const std::string name = normalised(rows.text(1));
      if (std::any_of(keys.begin(), keys.end(), [&name](const std::string& key) { return mentions(name, key); })) {
        documents.push_back(rows.integer(0));
      }
    }
  }
  for (const std::int64_t id : documents) {
    database.run("UPDATE documents SET name = '(forgotten document ' || id || ')' WHERE id = ?1", id);
  }
}

}  // namespace

void Store::Impl::forget(FactId fact) {
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
  require_fact(fact, false);
  erase({fact}, {});
  transaction.commit();
  clean_up_after_forget();
}

void Store::Impl::forget_entity(const Name& name, ForgetNames scope) {
  // What is to go is looked up under the lock: another process may have added facts while this one waited for it.
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
  const auto root = find_entity(name);
  if (!root) throw Error(ErrorKind::kNotFound, "no entity is called \"" + ellipsis(clean_name(name.text), 100) + "\"");
  std::set<std::int64_t> entities = {*root};
  if (scope == ForgetNames::kContaining) entities.merge(entities_that_contain(entity_names(name)));
  std::set<FactId> facts;
  for (const std::int64_t entity : entities) {
    auto rows =
        database.query("SELECT id FROM facts WHERE subject IN " + same_entities("?1") + " OR object IN " + same_entities("?1"), entity);
    while (rows.step()) facts.insert(rows.integer(0));
  }
  erase({facts.begin(), facts.end()}, {entities.begin(), entities.end()});
  transaction.commit();
  clean_up_after_forget();
}

// Roots of the entities of which a name holds one of these as whole words.
std::set<std::int64_t> Store::Impl::entities_that_contain(const std::vector<std::string>& names) {
  std::vector<std::string> keys;
  for (const std::string& name : names) keys.push_back(normalised(name));
  std::set<std::int64_t> entities;
  auto rows = database.query("SELECT key, entity FROM entity_names WHERE ns = ?1", name_space);
  while (rows.step()) {
    const std::string key = rows.text(0);
    if (std::ranges::any_of(keys, [&key](const std::string& part) { return mentions(key, part); }))
      entities.insert(root_of(rows.integer(1)));
  }
  return entities;
}

void Store::Impl::forget_document(const std::string& name) {
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
  const auto document = database.integer("SELECT id FROM documents WHERE ns = ?1 AND name = ?2", name_space, name);
  if (!document) throw Error(ErrorKind::kNotFound, "no document is called \"" + ellipsis(clean_name(name), 200) + "\"");
  std::vector<FactId> facts;
  {
    // Also of what was believed once: what nobody else ever stated.
    auto rows = database.query(
        "SELECT DISTINCT f.id FROM sources s JOIN facts f ON f.id = s.fact WHERE s.document = ?1 AND f.ns = ?2 AND NOT EXISTS "
        "(SELECT 1 FROM sources o WHERE o.fact = f.id AND o.document <> ?1)",
        name, name_space);
    while (rows.step()) facts.push_back(rows.integer(0));
  }
  database.run("DELETE FROM sources WHERE document = ?1 AND fact IN (SELECT id FROM facts WHERE ns = ?2)", name, name_space);
  Eraser eraser(*this);
  eraser.erase_document(*document);
  eraser.erase_orphans();
  // Facts' events say in which document they were stated.
  database.run("UPDATE events SET detail = ?3 WHERE ns = ?2 AND instr(detail, ?1) > 0", name, name_space, kForgotten);
  erase(facts, {});
  transaction.commit();
  clean_up_after_forget();
}

void Store::Impl::rebuild_word_indices() {
  if (!has_words) return;
  database.run("INSERT INTO name_words(name_words) VALUES('rebuild')");
  database.run("INSERT INTO sentence_words(sentence_words) VALUES('rebuild')");
}

void Store::Impl::erase(const std::vector<FactId>& facts, const std::vector<std::int64_t>& entities) {
  std::vector<std::string> keys;
  for (const std::int64_t entity : entities) {
    auto rows = database.query("SELECT key FROM entity_names WHERE entity IN " + same_entities("?1"), entity);
    while (rows.step()) keys.push_back(rows.text(0));
  }
  Eraser eraser(*this);
  for (const FactId fact : facts) eraser.erase_fact(fact);
  for (const std::int64_t entity : entities) eraser.add_entity(entity);
  eraser.erase_orphans();
  if (!entities.empty()) blank_everywhere(database, keys, name_space);
  rebuild_word_indices();
  record({.kind = EventKind::kForget,
          .at = tick(),
          .fact = {},
          .detail = "forgot " + std::to_string(facts.size()) + (facts.size() == 1 ? " fact" : " facts"),
          .author = "user",
          .payload = Json::object(),
          .refs = {}});
}

void Store::Impl::clean_up_after_forget() {
  vectors.drop_files();
  try {
    rewrite_file();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kIo) throw;
    throw Error(ErrorKind::kIo, std::string("it is forgotten, but its bytes may be left in the file: ") + error.what() +
                                    "; then rewrite the file with: memllm reindex");
  }
}

// secure_delete overwrites deleted rows, but pages that were split or merged may keep copies: only a file written anew has none.
void Store::Impl::rewrite_file() {
  database.execute("VACUUM");
  auto checkpoint = database.query("PRAGMA wal_checkpoint(TRUNCATE)");
  if (checkpoint.step() && checkpoint.integer(0) != 0 && options.logger) {
    options.logger(LogLevel::kWarning,
                   "another process is reading the memory: what was forgotten leaves the write-ahead log when that process closes it");
  }
}

}  // namespace memllm
