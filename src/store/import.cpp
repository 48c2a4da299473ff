// JSON Lines in: all or nothing, ids kept where they are free (docs/formats.md).
#include <functional>
#include <istream>
#include <map>
#include <set>

#include "base/json_fields.h"
#include "base/name.h"
#include "base/text.h"
#include "store/checks.h"
#include "store/id_map.h"
#include "store/import_lines.h"
#include "store/schema.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

constexpr int kMaxDepth = 64;  // of a line's JSON; ours have 5

// Reads the lines in one transaction. References that may point forward are settled at the end.
class Importer {
 public:
  explicit Importer(Store::Impl& store) : store_(store), database_(store.database), ids_(store.database) { load_known_events(); }

  std::size_t read(std::istream& in) {
    std::string line;
    while (std::getline(in, line)) {
      ++line_;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.empty() && line_ > 1) continue;
      guarded([&] { read_line(line); });
    }
    if (in.bad()) throw Error(ErrorKind::kIo, "the import could not be read to its end");
    if (line_ == 0)
      throw Error(ErrorKind::kInvalidArgument, "the import is empty: its first line must be {\"format\":\"memllm\",\"version\":1}");
    settle_references();
    for (const FactId fact : created_) record_origin(fact);
    for (const auto& [fact, source] : supported_) record_support(fact, source);
    return facts_;
  }

 private:
  // Adds the line's number to whatever goes wrong.
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInvalidArgument && error.kind() != ErrorKind::kUnsupported && error.kind() != ErrorKind::kConflict)
        throw;
      const ErrorKind kind = error.kind() == ErrorKind::kUnsupported ? error.kind() : ErrorKind::kInvalidArgument;
      throw Error(kind, "line " + std::to_string(line_) + ": " + error.what() + "; nothing was imported");
    } catch (const Json::exception& error) {
      throw Error(ErrorKind::kInvalidArgument,
                  "line " + std::to_string(line_) + ": " + repair_utf8(error.what()) + "; nothing was imported");
    }
  }

  // Runs work when all lines are read, under the number of the present line.
  template <typename Work>
  void later(Work work) {
    later_.emplace_back(line_, std::move(work));
  }

  // Runs the statement for a row and what the file's id, if there is one, has become.
  void set_later(const char* sql, std::int64_t row, IdKind kind, std::optional<std::int64_t> id) {
    if (!id) return;
    later([this, sql, row, kind, id] { database_.run(sql, row, ids_.get(kind, *id)); });
  }

  void settle_references() {
    for (auto& [line, work] : later_) {
      line_ = line;
      guarded(work);
    }
  }

  void read_line(const std::string& line) {
    const Json json = Json::parse(line, [](int depth, Json::parse_event_t, Json&) {
      // Copying and writing JSON recurse.
      if (depth > kMaxDepth) throw Error(ErrorKind::kInvalidArgument, "is nested deeper than " + std::to_string(kMaxDepth) + " levels");
      return true;
    });
    if (line_ == 1) return read_header(json);
    const std::string type = JsonFields("line", json).text("type");
    if (type == "fact") return read_fact(json);
    if (type == "entity") return read_entity(json);
    if (type == "relation") return read_relation(json);
    if (type == "document") return read_document(json);
    if (type == "sentence") return read_sentence(json);
    if (type == "event") return read_event(json);
    throw Error(ErrorKind::kInvalidArgument, "lines of type \"" + type + "\" are not known");
  }

  void read_header(const Json& json) {
    JsonFields fields("header", json);
    if (fields.text("format") != "memllm") fields.fail("format", "must be \"memllm\"");
    if (const std::int64_t version = fields.integer("version"); version < 1 || version > kExportVersion) {
      throw Error(ErrorKind::kUnsupported, "the file is of version " + std::to_string(version) + ", this memllm reads versions up to " +
                                               std::to_string(kExportVersion));
    }
    fields.optional_text("name_space");
    fields.refuse_others();
  }

  void read_relation(const Json& json) {
    JsonFields fields("relation", json);
    fields.text("type");
    const auto id = fields.optional_id("id");
    const Name name = checked_name("relation", fields.text("name"));
    const std::string policy = fields.text_or("policy", "multi-valued");
    if (policy != "functional" && policy != "multi-valued") fields.fail("policy", "must be \"functional\" or \"multi-valued\"");
    const std::string pattern = fields.text_or("template", "");
    fields.refuse_others();
    if (!pattern.empty()) check_text("embedding template", pattern);
    const bool functional = policy == "functional";
    if (const auto known = store_.find_relation(name)) {
      ids_.put(IdKind::kRelation, id, *known);
      // What the memory was told stays; a relation of which it knows nothing more than the name takes the file's policy.
      if (database_.integer(
              "SELECT 1 FROM relations WHERE id = ?1 AND functional = 0 AND template = '' AND NOT EXISTS (SELECT 1 FROM event_refs "
              "r JOIN events e ON e.id = r.event WHERE r.kind = 'relation' AND r.ref = ?1 AND e.kind = 'policy')",
              *known)) {
        store_.store_policy(*known, functional, pattern);
      }
      return;
    }
    database_.run("INSERT INTO relations(id, ns, key, name, functional, template) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                  ids_.free_id(IdKind::kRelation, id), store_.name_space, name.key, name.text, functional, pattern);
    ids_.put(IdKind::kRelation, id, database_.last_insert_id());
  }

  // The entity that has this very name, not its root.
  std::optional<std::int64_t> own_entity(const Name& name) {
    return database_.integer("SELECT entity FROM entity_names WHERE ns = ?1 AND key = ?2", store_.name_space, name.key);
  }

  std::int64_t make_entity(std::optional<std::int64_t> id, std::optional<std::int64_t> name_id, const Name& name) {
    database_.run("INSERT INTO entities(id, ns, name) VALUES(?1, ?2, ?3)", ids_.free_id(IdKind::kEntity, id), store_.name_space, name.text);
    const std::int64_t entity = database_.last_insert_id();
    put_name(entity, name_id, name);
    return entity;
  }

  void put_name(std::int64_t entity, std::optional<std::int64_t> id, const Name& name) {
    ids_.put(IdKind::kName, id, store_.insert_name(entity, name, ids_.free_id(IdKind::kName, id)));
  }

  void read_entity(const Json& json) {
    JsonFields fields("entity", json);
    fields.text("type");
    const auto id = fields.optional_id("id");
    const auto name_id = fields.optional_id("name_id");
    const Name name = checked_name("entity", fields.text("name"));
    const Json* aliases = fields.optional_array("aliases");
    const auto same_as = fields.optional_id("same_as");
    fields.refuse_others();
    const auto known = own_entity(name);
    const std::int64_t entity = known ? *known : make_entity(id, name_id, name);
    ids_.put(IdKind::kEntity, id, entity);
    if (known && name_id) {
      ids_.put(IdKind::kName, name_id,
               *database_.integer("SELECT id FROM entity_names WHERE ns = ?1 AND key = ?2", store_.name_space, name.key));
    }
    if (aliases != nullptr) {
      for (const Json& alias : *aliases) read_alias(entity, name.text, alias);
    }
    if (same_as) later([this, entity, same_as] { link(entity, ids_.get(IdKind::kEntity, *same_as)); });
  }

  void read_alias(std::int64_t entity, const std::string& entity_name, const Json& json) {
    std::optional<std::int64_t> id;
    std::string written;
    if (json.is_string()) {
      written = json.get<std::string>();
    } else {
      JsonFields fields("alias", json);
      id = fields.optional_id("id");
      written = fields.text("name");
      fields.refuse_others();
    }
    const Name name = checked_name("alias", written);
    const auto known = own_entity(name);
    if (!known) return put_name(entity, id, name);
    ids_.put(IdKind::kName, id, *database_.integer("SELECT id FROM entity_names WHERE ns = ?1 AND key = ?2", store_.name_space, name.key));
    if (*known != entity) store_.add_alias(entity_name, name.text);
  }

  void link(std::int64_t entity, std::int64_t target) {
    const auto name_of = [this](std::int64_t id) { return database_.text("SELECT name FROM entities WHERE id = ?1", id); };
    const auto target_name = name_of(target);
    if (!target_name) throw Error(ErrorKind::kInvalidArgument, "same_as names an entity that the file does not have");
    const std::int64_t root = store_.root_of(target), known = store_.root_of(entity);
    if (root == known) return;
    // An entity that the memory took for another one before: both become one, which is an event.
    if (known != entity) return store_.add_alias(*target_name, *name_of(entity));
    database_.run("UPDATE entities SET same_as = ?2 WHERE id = ?1 OR same_as = ?1", entity, root);
  }

  void read_document(const Json& json) {
    JsonFields fields("document", json);
    fields.text("type");
    const auto id = fields.optional_id("id");
    const std::string name = fields.text("name");
    const std::string hash = fields.text("hash");
    const std::string writer = fields.text("writer");
    const auto learned_at = fields.optional_time("learned_at");
    const std::string title = fields.text_or("title", ""), author = fields.text_or("author", ""), date = fields.text_or("date", "");
    fields.refuse_others();
    if (name.empty()) fields.fail("name", "is empty");
    const auto known = database_.integer("SELECT id FROM documents WHERE ns = ?1 AND name = ?2", store_.name_space, name);
    if (!known) {
      database_.run(
          "INSERT INTO documents(id, ns, name, hash, writer, learned_at, title, author, date) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
          ids_.free_id(IdKind::kDocument, id), store_.name_space, name, hash, writer, learned_at ? *learned_at : now(), title, author,
          date);
    }
    ids_.put(IdKind::kDocument, id, known ? *known : database_.last_insert_id());
  }

  // A sentence that stands in the document already is not added again.
  void read_sentence(const Json& json) {
    const SentenceLine line = sentence_line(json, now());
    const std::int64_t document = ids_.get(IdKind::kDocument, line.document);
    if (database_.integer("SELECT 1 FROM sentences WHERE document = ?1 AND number = ?2 AND text = ?3 AND heading = ?4 AND speaker = ?5 AND "
                          "(withdrawn_at IS ?6 AND (?6 IS NULL OR learned_at = ?7))",
                          document, line.number, line.text, line.heading, line.speaker, line.withdrawn_at, line.learned_at)) {
      return;
    }
    database_.run(
        "INSERT INTO sentences(id, ns, document, number, text_begin, text_end, text, heading, speaker, learned_at, withdrawn_at, "
        "is_heading) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        ids_.free_id(IdKind::kSentence, line.id), store_.name_space, document, line.number, line.span.begin, line.span.end, line.text,
        line.heading, line.speaker, line.learned_at, line.withdrawn_at, line.is_heading);
    const SentenceId sentence = database_.last_insert_id();
    ids_.put(IdKind::kSentence, line.id, sentence);
    store_.index_words(sentence);
    set_later("UPDATE sentences SET learned_by = ?2 WHERE id = ?1", sentence, IdKind::kEvent, line.learned_by);
    set_later("UPDATE sentences SET withdrawn_by = ?2 WHERE id = ?1", sentence, IdKind::kEvent, line.withdrawn_by);
  }

  std::int64_t entity_of(const Name& name) {
    const auto known = own_entity(name);
    return known ? *known : make_entity(std::nullopt, std::nullopt, name);
  }

  // An equal fact that was there before the import; for active facts also one of the import itself.
  std::optional<FactId> find_equal(const FactLine& fact, const TripleIds& triple) {
    auto rows = database_.query(
        "SELECT id FROM facts WHERE subject = ?1 AND relation = ?2 AND object = ?3 AND retracted_at IS ?4 AND (?4 IS NULL OR recorded_at = "
        "?5)",
        triple.subject, triple.relation, triple.object, fact.retracted_at, fact.recorded_at);
    while (rows.step()) {
      const FactId id = rows.integer(0);
      if (fact.retracted_at && created_.contains(id)) continue;
      if (!fact.retracted_at) store_.check_valid_time_of(id, fact.valid_from, fact.valid_to);
      return id;
    }
    if (fact.retracted_at) return std::nullopt;
    const auto same = store_.find_active({store_.root_of(triple.subject), triple.relation, store_.root_of(triple.object)});
    // Under another name of its entity a fact may stand beside it, with a valid time of its own.
    if (!same || ((fact.valid_from || fact.valid_to) && !store_.has_valid_time(*same, fact.valid_from, fact.valid_to))) return std::nullopt;
    return same;
  }

  // The very fact of the line, which was retracted here after the file was written.
  std::optional<FactId> find_retracted_since(const FactLine& fact, const TripleIds& triple) {
    if (fact.retracted_at) return std::nullopt;
    auto rows = database_.query(
        "SELECT id FROM facts WHERE subject = ?1 AND relation = ?2 AND object = ?3 AND retracted_at IS NOT NULL AND recorded_at = ?4",
        triple.subject, triple.relation, triple.object, fact.recorded_at);
    while (rows.step()) {
      if (!created_.contains(rows.integer(0))) return rows.integer(0);
    }
    return std::nullopt;
  }

  void read_fact(const Json& json) {
    ++facts_;
    FactLine fact = fact_line(json, now());
    // Of the entities named, not their roots.
    const TripleIds triple{entity_of(Name(fact.triple.subject)), store_.intern_relation(Name(fact.triple.relation)),
                           entity_of(Name(fact.triple.object))};
    const auto equal = find_equal(fact, triple);
    // What the file says again is believed again, from now on: in between it was not. The file's history is that of the fact as it was.
    const auto retracted = find_retracted_since(fact, triple);
    const auto file_id = fact.id;
    if (!equal && retracted) {
      fact.id.reset();
      fact.recorded_at = now();
      fact.gaps = nullptr;
    }
    const FactId id = equal ? *equal : insert(fact, triple);
    ids_.put(IdKind::kFact, file_id, retracted ? *retracted : id);
    if (fact.sources == nullptr && !equal) {
      Source source;
      source.author = "import";
      source.asserted_at = now();
      store_.insert_source(id, source);
    }
    if (fact.sources != nullptr) {
      for (const Json& source : *fact.sources) read_source(id, source, equal.has_value());
    }
  }

  FactId insert(const FactLine& fact, const TripleIds& triple) {
    database_.run(
        "INSERT INTO facts(id, ns, subject, relation, object, recorded_at, valid_from, valid_to, retracted_at, reason) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        ids_.free_id(IdKind::kFact, fact.id), store_.name_space, triple.subject, triple.relation, triple.object, fact.recorded_at,
        fact.valid_from, fact.valid_to, fact.retracted_at, fact.reason);
    const FactId id = database_.last_insert_id();
    created_.insert(id);
    if (fact.gaps != nullptr) {
      for (const Json& gap : *fact.gaps) {
        database_.run("INSERT INTO belief_gaps(fact, begins, ends) VALUES(?1, ?2, ?3)", id, parse_timestamp(gap.at(0).get<std::string>()),
                      parse_timestamp(gap.at(1).get<std::string>()));
      }
    }
    if (fact.retracted_by) {
      later([this, id, event = *fact.retracted_by] {
        const EventId retracted = ids_.get(IdKind::kEvent, event);
        database_.run("UPDATE facts SET retracted_by = ?2 WHERE id = ?1", id, retracted);
        refer(retracted, "fact", id);
      });
    }
    set_later("UPDATE facts SET successor = ?2 WHERE id = ?1", id, IdKind::kFact, fact.successor);
    return id;
  }

  // merge: the fact was there before; sources that it has are not added again.
  void read_source(FactId fact, const Json& json, bool merge) {
    const SourceLine line = source_line(json, now());
    std::optional<std::int64_t> known;
    if (merge) known = line.withdrawn_by ? find_withdrawn(fact, line.source) : store_.find_equal_source(fact, line.source);
    const std::int64_t row = known ? *known : store_.insert_source(fact, line.source, ids_.free_id(IdKind::kSource, line.id));
    ids_.put(IdKind::kSource, line.id, row);
    if (known) return;
    if (merge) supported_.emplace(fact, row);
    if (!line.withdrawn_by) return;
    later([this, fact, row, event = *line.withdrawn_by] {
      const EventId withdrawn = ids_.get(IdKind::kEvent, event);
      database_.run("UPDATE sources SET withdrawn_by = ?2 WHERE id = ?1", row, withdrawn);
      refer(withdrawn, "fact", fact);
    });
  }

  std::optional<std::int64_t> find_withdrawn(FactId fact, const Source& source) {
    return database_.integer(
        "SELECT min(id) FROM sources WHERE fact = ?1 AND withdrawn_by IS NOT NULL AND document = ?2 AND sentence = ?3 AND text = ?4 AND "
        "author = ?5 AND asserted_at = ?6",
        fact, source.document, source.sentence, source.text, source.author, source.asserted_at);
  }

  void read_event(const Json& json) {
    const EventLine line = event_line(json, now());
    std::string kind = line.kind;
    std::optional<FactId> fact;
    if (line.fact) fact = ids_.get(IdKind::kFact, *line.fact);
    const auto is_known = [&] {
      const auto known = known_events_.find(event_key(kind, line.at, fact, line.detail, line.author));
      if (known != known_events_.end()) ids_.put(IdKind::kEvent, line.id, known->second);
      return known != known_events_.end();
    };
    if (is_known()) return;
    const Json translated = adapt(line.payload == nullptr ? Json::object() : ids_.translate(*line.payload), fact, kind);
    if (is_known()) return;
    database_.run("INSERT INTO events(id, ns, kind, at, fact, detail, author, payload) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                  ids_.free_id(IdKind::kEvent, line.id), store_.name_space, kind, line.at, fact, line.detail, line.author,
                  translated.dump());
    const EventId event = database_.last_insert_id();
    ids_.put(IdKind::kEvent, line.id, event);
    if (fact) refer(event, "fact", *fact);
    if (line.refs != nullptr) {
      for (const Json& ref : *line.refs) {
        const std::string noun = ref.at(0).get<std::string>();
        const auto noun_kind = ref_kind(noun);
        if (!noun_kind) throw Error(ErrorKind::kInvalidArgument, "the event's \"refs\" name an unknown \"" + noun + "\"");
        refer(event, noun, ids_.get(*noun_kind, ref.at(1).get<std::int64_t>()));
      }
    }
    set_later("UPDATE events SET part_of = ?2 WHERE id = ?1", event, IdKind::kEvent, line.part_of);
    if (!line.undone_by) return;
    later([this, event, undo = *line.undone_by] {
      const EventId undone_by = ids_.get(IdKind::kEvent, undo);
      database_.run("UPDATE events SET undone_by = ?2 WHERE id = ?1", event, undone_by);
      for (const EventRef& ref : store_.refs_of(event)) refer(undone_by, ref.kind, ref.id);
    });
  }

  // An event is about all that rows say it changed, whatever its line says: forgetting one of them must find it.
  void refer(EventId event, std::string_view kind, std::int64_t ref) {
    database_.run("INSERT OR IGNORE INTO event_refs(event, kind, ref) VALUES(?1, ?2, ?3)", event, kind, ref);
  }

  // A fact that was there before was not made by the file's event: undoing that must not retract it.
  Json adapt(Json payload, std::optional<FactId> fact, std::string& kind) const {
    const FactId id = fact.value_or(0);
    if (id == 0 || created_.contains(id)) return payload;
    const bool made = kind == to_string(EventKind::kAdd) || kind == to_string(EventKind::kQuarantine);
    if (made || kind == to_string(EventKind::kAccept)) kind = to_string(EventKind::kSupport);
    if (made) {
      if (const auto source = supported_.find(id); source != supported_.end()) payload["source"] = source->second;
    }
    if (payload.contains("created")) payload["created"] = false;
    payload.erase("accepted");
    return payload;
  }

  static std::string event_key(const std::string& kind, const Timestamp& at, std::optional<FactId> fact, const std::string& detail,
                               const std::string& author) {
    return kind + '\n' + at + '\n' + (fact ? std::to_string(*fact) : "") + '\n' + author + '\n' + detail;
  }

  // Importing a file again must not repeat its history.
  void load_known_events() {
    auto rows = database_.query("SELECT id, kind, at, fact, detail, author FROM events WHERE ns = ?1", store_.name_space);
    while (rows.step()) {
      known_events_[event_key(rows.text(1), rows.text(2), rows.optional_integer(3), rows.text(4), rows.text(5))] = rows.integer(0);
    }
  }

  bool has_events(FactId fact) {
    return database_.integer("SELECT 1 FROM event_refs WHERE kind = 'fact' AND ref = ?1 LIMIT 1", fact).has_value();
  }

  // A file written by hand has no events: the import is then what happened.
  void record_origin(FactId id) {
    if (has_events(id)) return;
    const Fact fact = store_.require_fact(id, false);
    record(EventKind::kAdd, fact, Json::object());
  }

  void record_support(FactId id, std::int64_t source) {
    if (database_.integer(
            "SELECT 1 FROM event_refs r JOIN events e ON e.id = r.event WHERE r.kind = 'fact' AND r.ref = ?1 AND "
            "(json_extract(e.payload, '$.source') = ?2 OR EXISTS (SELECT 1 FROM json_each(e.payload, '$.sources') WHERE value = ?2))",
            id, source)) {
      return;
    }
    record(EventKind::kSupport, store_.require_fact(id, false), {{"source", source}});
  }

  void record(EventKind kind, const Fact& fact, Json payload) {
    store_.record({.kind = kind,
                   .at = now(),
                   .fact = fact.id,
                   .detail = describe({fact.subject, fact.relation, fact.object}) + " (imported)",
                   .author = "import",
                   .payload = std::move(payload),
                   .refs = {}});
  }

  const Timestamp& now() {
    if (now_.empty()) now_ = store_.tick();
    return now_;
  }

  Store::Impl& store_;
  sqlite::Database& database_;
  IdMap ids_;
  std::size_t line_ = 0;
  std::size_t facts_ = 0;
  Timestamp now_;
  std::vector<std::pair<std::size_t, std::function<void()>>> later_;
  std::set<FactId> created_;
  std::multimap<FactId, std::int64_t> supported_;  // sources that came to facts which were there before
  std::map<std::string, EventId> known_events_;
};

}  // namespace

// A file may come from a machine whose clock is ahead: what is changed from now on must not seem earlier than what it changes.
void Store::Impl::raise_clock() {
  constexpr const char* kNewest =
      "SELECT max(at) FROM (SELECT max(recorded_at) AS at FROM facts UNION ALL SELECT max(retracted_at) FROM facts "
      "UNION ALL SELECT max(ends) FROM belief_gaps UNION ALL SELECT max(at) FROM events)";
  const std::string newest = database.text(kNewest).value_or("");
  if (newest <= tick()) return;
  set_meta(database, "last_change", newest);
  if (options.logger) {
    options.logger(LogLevel::kWarning,
                   "the import holds a change of " + newest + ", which is to come: until then changes are recorded with that time");
  }
}

std::size_t Store::Impl::import_jsonl(std::istream& in) {
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
  const std::size_t facts = Importer(*this).read(in);
  raise_clock();
  transaction.commit();
  return facts;
}

}  // namespace memllm
