// JSON Lines out (docs/formats.md): everything but vectors, in an order that import reproduces.
#include <ostream>

#include "store/import_lines.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

class Exporter {
 public:
  Exporter(sqlite::Database& database, std::int64_t name_space, std::ostream& out)
      : database_(database), name_space_(name_space), out_(out) {}

  void write_all(const std::string& name_space) {
    line({{"format", "memllm"}, {"version", kExportVersion}, {"name_space", name_space}});
    write_relations();
    write_entities();
    write_documents();
    write_sentences();
    write_facts();
    write_events();
  }

 private:
  void line(const Json& json) {
    out_ << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    if (!out_) throw Error(ErrorKind::kIo, "the export could not be written; check the disk's space");
  }

  template <typename Value>
  static void put(Json& json, const char* key, const std::optional<Value>& value) {
    if (value) json[key] = *value;
  }
  static void put_text(Json& json, const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  }
  static void put_span(Json& json, const char* key, const sqlite::Statement& row, int column) {
    if (row.optional_integer(column)) json[key] = Json::array({row.integer(column), row.integer(column + 1)});
  }

  void write_relations() {
    auto rows = database_.query("SELECT id, name, functional, template FROM relations WHERE ns = ?1 ORDER BY id", name_space_);
    while (rows.step()) {
      Json json = {{"type", "relation"},
                   {"id", rows.integer(0)},
                   {"name", rows.text(1)},
                   {"policy", rows.integer(2) != 0 ? "functional" : "multi-valued"}};
      put_text(json, "template", rows.text(3));
      line(json);
    }
  }

  void write_entities() {
    auto rows = database_.query("SELECT id, name, same_as FROM entities WHERE ns = ?1 ORDER BY id", name_space_);
    while (rows.step()) {
      Json json = {{"type", "entity"}, {"id", rows.integer(0)}, {"name", rows.text(1)}};
      // The entity's own name first: an import may have given it a later id than an alias.
      auto names =
          database_.query("SELECT id, name FROM entity_names WHERE entity = ?1 ORDER BY name <> ?2, id", rows.integer(0), rows.text(1));
      if (names.step()) json["name_id"] = names.integer(0);
      Json aliases = Json::array();
      while (names.step()) aliases.push_back({{"id", names.integer(0)}, {"name", names.text(1)}});
      if (!aliases.empty()) json["aliases"] = std::move(aliases);
      put(json, "same_as", rows.optional_integer(2));
      line(json);
    }
  }

  void write_documents() {
    auto rows = database_.query("SELECT id, name, hash, writer, learned_at, title, author, date FROM documents WHERE ns = ?1 ORDER BY id",
                                name_space_);
    while (rows.step()) {
      Json json = {{"type", "document"},   {"id", rows.integer(0)},  {"name", rows.text(1)},
                   {"hash", rows.text(2)}, {"writer", rows.text(3)}, {"learned_at", rows.text(4)}};
      put_text(json, "title", rows.text(5));
      put_text(json, "author", rows.text(6));
      put_text(json, "date", rows.text(7));
      line(json);
    }
  }

  void write_sentences() {
    auto rows = database_.query(
        "SELECT id, document, number, text_begin, text_end, text, heading, speaker, learned_at, learned_by, withdrawn_at, withdrawn_by, "
        "is_heading FROM "
        "sentences WHERE ns = ?1 ORDER BY id",
        name_space_);
    while (rows.step()) {
      Json json = {{"type", "sentence"}, {"id", rows.integer(0)}, {"document", rows.integer(1)}, {"number", rows.integer(2)}};
      put_span(json, "span", rows, 3);
      json["text"] = rows.text(5);
      put_text(json, "heading", rows.text(6));
      put_text(json, "speaker", rows.text(7));
      if (rows.integer(12) != 0) json["is_heading"] = true;
      json["learned_at"] = rows.text(8);
      put(json, "learned_by", rows.optional_integer(9));
      put(json, "withdrawn_at", rows.optional_text(10));
      put(json, "withdrawn_by", rows.optional_integer(11));
      line(json);
    }
  }

  void write_facts() {
    auto rows = database_.query(
        "SELECT f.id, s.name, r.name, o.name, f.recorded_at, f.valid_from, f.valid_to, f.retracted_at, f.retracted_by, f.reason, "
        "f.successor "
        "FROM facts f JOIN entities s ON s.id = f.subject JOIN relations r ON r.id = f.relation JOIN entities o ON o.id = f.object "
        "WHERE f.ns = ?1 ORDER BY f.id",
        name_space_);
    while (rows.step()) {
      Json json = {{"type", "fact"},           {"id", rows.integer(0)},  {"subject", rows.text(1)},
                   {"relation", rows.text(2)}, {"object", rows.text(3)}, {"recorded_at", rows.text(4)}};
      put(json, "valid_from", rows.optional_text(5));
      put(json, "valid_to", rows.optional_text(6));
      put(json, "retracted_at", rows.optional_text(7));
      put(json, "retracted_by", rows.optional_integer(8));
      put_text(json, "reason", rows.text(9));
      put(json, "successor", rows.optional_integer(10));
      auto gaps = database_.query("SELECT begins, ends FROM belief_gaps WHERE fact = ?1 ORDER BY id", rows.integer(0));
      while (gaps.step()) json["gaps"].push_back(Json::array({gaps.text(0), gaps.text(1)}));
      json["sources"] = sources_of(rows.integer(0));
      line(json);
    }
  }

  Json sources_of(FactId fact) {
    Json sources = Json::array();
    auto row = database_.query(
        "SELECT id, document, sentence, text, text_begin, text_end, subject_begin, subject_end, object_begin, object_end, author, model, "
        "adapter, "
        "mean_log_probability, asserted_at, withdrawn_by FROM sources WHERE fact = ?1 ORDER BY id",
        fact);
    while (row.step()) {
      Json json = {{"id", row.integer(0)}};
      put_text(json, "document", row.text(1));
      if (row.integer(2) >= 0) json["sentence"] = row.integer(2);
      put_text(json, "text", row.text(3));
      if (row.integer(4) != 0 || row.integer(5) != 0) put_span(json, "sentence_span", row, 4);
      put_span(json, "subject_span", row, 6);
      put_span(json, "object_span", row, 8);
      put_text(json, "author", row.text(10));
      put_text(json, "model", row.text(11));
      put_text(json, "adapter", row.text(12));
      put(json, "mean_log_probability", row.optional_real(13));
      json["asserted_at"] = row.text(14);
      put(json, "withdrawn_by", row.optional_integer(15));
      sources.push_back(std::move(json));
    }
    return sources;
  }

  void write_events() {
    auto rows = database_.query(
        "SELECT id, kind, at, fact, detail, author, undone_by, payload, part_of FROM events WHERE ns = ?1 ORDER BY id", name_space_);
    while (rows.step()) {
      Json json = {{"type", "event"}, {"id", rows.integer(0)}, {"kind", rows.text(1)}, {"at", rows.text(2)}};
      put(json, "fact", rows.optional_integer(3));
      json["detail"] = rows.text(4);
      json["author"] = rows.text(5);
      put(json, "undone_by", rows.optional_integer(6));
      put(json, "part_of", rows.optional_integer(8));
      auto refs = database_.query("SELECT kind, ref FROM event_refs WHERE event = ?1 ORDER BY kind, ref", rows.integer(0));
      Json list = Json::array();
      while (refs.step()) list.push_back(Json::array({refs.text(0), refs.integer(1)}));
      if (!list.empty()) json["refs"] = std::move(list);
      const Json payload = Json::parse(rows.text(7), nullptr, false);
      if (payload.is_object() && !payload.empty()) json["payload"] = payload;
      line(json);
    }
  }

  sqlite::Database& database_;
  std::int64_t name_space_;
  std::ostream& out_;
};

}  // namespace

void Store::Impl::export_jsonl(std::ostream& out) {
  sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
  Exporter(database, name_space, out).write_all(options.name_space);
  out.flush();
  if (!out) throw Error(ErrorKind::kIo, "the export could not be written; check the disk's space");
}

}  // namespace memllm
