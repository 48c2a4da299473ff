#include "store/name_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/name.h"
#include "memllm/error.h"
#include "store/schema.h"

namespace memllm {
namespace {

using sqlite::Transaction;
using sqlite::TransactionKind;

constexpr NameKind kKinds[] = {NameKind::kEntityName, NameKind::kRelation};
constexpr std::int64_t kEmbedBatch = 256;    // names embedded and stored in one transaction
constexpr std::size_t kSaveAtLeast = 2'000;  // changes below which an index is not written: reading the database is as quick
constexpr double kNormTolerance = 1e-2;

const char* table_of(NameKind kind) { return kind == NameKind::kEntityName ? "entity_names" : "relations"; }

std::vector<float> floats_of(sqlite::Blob blob) {
  std::vector<float> values(blob.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), blob.data(), values.size() * sizeof(float));
  return values;
}

double norm_of(std::span<const float> vector) {
  double sum = 0;
  for (const float value : vector) sum += static_cast<double>(value) * value;
  return std::sqrt(sum);
}

}  // namespace

std::string relation_text(const std::string& embedding_template, const std::string& name) {
  const std::size_t place = embedding_template.find("{}");
  if (place == std::string::npos) return name;
  return embedding_template.substr(0, place) + name + embedding_template.substr(place + 2);
}

NameVectors::NameVectors(sqlite::Database& database, std::int64_t name_space, const StoreOptions& options)
    : database_(database), name_space_(name_space), options_(options), embedding_(options.embedding) {}

NameVectors::~NameVectors() {
  for (const NameKind kind : kKinds) {
    try {
      save_if_much_changed(kind);
    } catch (const std::exception& error) {
      if (options_.logger) options_.logger(LogLevel::kWarning, std::string("an index was not saved: ") + error.what());
    }
  }
}

std::filesystem::path NameVectors::file(NameKind kind) const {
  const char* noun = kind == NameKind::kEntityName ? "entities-" : "relations-";
  return options_.folder / (noun + std::to_string(name_space_) + ".index");
}

std::vector<NameVectors::Pending> NameVectors::pending(NameKind kind) {
  std::vector<Pending> names;
  auto rows =
      kind == NameKind::kEntityName
          ? database_.query("SELECT id, name, '' FROM entity_names WHERE ns = ?1 AND embedded = 0 LIMIT ?2", name_space_, kEmbedBatch)
          : database_.query("SELECT id, name, template FROM relations WHERE ns = ?1 AND embedded = 0 LIMIT ?2", name_space_, kEmbedBatch);
  while (rows.step()) names.push_back({rows.integer(0), relation_text(rows.text(2), rows.text(1))});
  return names;
}

bool NameVectors::is_usable(std::span<const float> vector) const {
  return vector.size() == embedding_.dimension && std::abs(norm_of(vector) - 1) <= kNormTolerance;
}

void NameVectors::check_embedder() {
  const std::string now = meta(database_, "embedder");
  if (now == embedding_.fingerprint) return;
  throw Error(ErrorKind::kConflict, "another process has given the memory another embedder (" + now + ") while this one had it open with " +
                                        embedding_.fingerprint + "; open it again with that one");
}

void NameVectors::embed_pending(NameKind kind) {
  const std::string claim = std::string("UPDATE ") + table_of(kind) + " SET embedded = 1 WHERE id = ?1 AND embedded = 0";
  for (std::vector<Pending> names = pending(kind); !names.empty(); names = pending(kind)) {
    std::vector<std::string> texts;
    for (const Pending& name : names) texts.push_back(name.text);
    const std::vector<float> vectors = embedding_.embed(texts);
    if (vectors.size() != names.size() * embedding_.dimension) {
      throw Error(ErrorKind::kModel, "the embedder returned vectors of another size than it announced");
    }
    Transaction transaction(database_, TransactionKind::kWrite);
    check_embedder();
    for (std::size_t i = 0; i < names.size(); ++i) {
      database_.run(claim, names[i].id);
      if (database_.changed_rows() == 0) continue;  // another process was first, or the name is gone
      const std::span<const float> vector(vectors.data() + i * embedding_.dimension, embedding_.dimension);
      database_.run("INSERT OR REPLACE INTO vectors VALUES(?1, ?2, ?3)", static_cast<int>(kind), names[i].id, std::as_bytes(vector));
      database_.run("INSERT INTO vector_changes(ns, kind, id) VALUES(?1, ?2, ?3)", name_space_, static_cast<int>(kind), names[i].id);
    }
    transaction.commit();
  }
}

void NameVectors::refresh() {
  for (const NameKind kind : kKinds) {
    embed_pending(kind);
    catch_up(kind);
    save_if_much_changed(kind);
  }
}

void NameVectors::load_or_rebuild(NameKind kind, std::int64_t latest) {
  Shelf& shelf = this->shelf(kind);
  if (auto loaded = VectorIndex::load(file(kind), embedding_.dimension)) {
    const std::int64_t floor = meta_integer(database_, "vector_floor");
    if (loaded->watermark >= floor && loaded->watermark <= latest) {
      shelf.index = std::move(loaded->index);
      shelf.watermark = loaded->watermark;
      shelf.unsaved = 0;
      return;
    }
  }
  shelf.index.emplace(embedding_.dimension);
  auto rows = database_.query(std::string("SELECT v.id, v.vector FROM vectors v JOIN ") + table_of(kind) +
                                  " n ON n.id = v.id WHERE v.kind = ?1 AND n.ns = ?2 ORDER BY v.id",
                              static_cast<int>(kind), name_space_);
  while (rows.step()) {
    const std::vector<float> vector = floats_of(rows.blob(1));
    if (is_usable(vector)) shelf.index->add(rows.integer(0), vector);
  }
  shelf.watermark = latest;
  shelf.unsaved = shelf.index->size();
}

void NameVectors::catch_up(NameKind kind) {
  Transaction transaction(database_, TransactionKind::kRead);
  check_embedder();
  const std::int64_t latest =
      database_.integer("SELECT max(seq) FROM vector_changes WHERE ns = ?1 AND kind = ?2", name_space_, static_cast<int>(kind))
          .value_or(meta_integer(database_, "vector_floor"));
  Shelf& shelf = this->shelf(kind);
  if (shelf.index && shelf.watermark < meta_integer(database_, "vector_floor")) shelf.index.reset();
  if (!shelf.index) load_or_rebuild(kind, latest);
  if (shelf.watermark < latest) {
    auto rows = database_.query(
        "SELECT DISTINCT c.id, v.vector FROM vector_changes c LEFT JOIN vectors v ON v.kind = c.kind AND v.id = c.id "
        "WHERE c.ns = ?1 AND c.kind = ?2 AND c.seq > ?3",
        name_space_, static_cast<int>(kind), shelf.watermark);
    while (rows.step()) {
      const std::vector<float> vector = floats_of(rows.blob(1));
      if (is_usable(vector)) {
        shelf.index->add(rows.integer(0), vector);
      } else {
        shelf.index->remove(rows.integer(0));
      }
      ++shelf.unsaved;
    }
    shelf.watermark = latest;
  }
  transaction.commit();
}

void NameVectors::save(NameKind kind) {
  Shelf& shelf = this->shelf(kind);
  shelf.index->save(file(kind), shelf.watermark);
  shelf.unsaved = 0;
}

void NameVectors::save_if_much_changed(NameKind kind) {
  Shelf& shelf = this->shelf(kind);
  if (shelf.index && shelf.unsaved >= std::max(kSaveAtLeast, shelf.index->size() / 10)) save(kind);
}

std::vector<float> NameVectors::stored(NameKind kind, std::int64_t id) {
  auto row = database_.query("SELECT vector FROM vectors WHERE kind = ?1 AND id = ?2", static_cast<int>(kind), id);
  return row.step() ? floats_of(row.blob(0)) : std::vector<float>();
}

std::vector<float> NameVectors::vector_of(NameKind kind, const Name& name) {
  const auto id = database_.integer(std::string("SELECT id FROM ") + table_of(kind) + " WHERE ns = ?1 AND key = ?2", name_space_, name.key);
  if (id) {
    std::vector<float> vector = stored(kind, *id);
    if (is_usable(vector)) return vector;
  }
  const std::vector<std::string> texts = {clean_name(name.text)};
  std::vector<float> vector = embedding_.embed(texts);
  if (vector.size() != embedding_.dimension) {
    throw Error(ErrorKind::kModel, "the embedder returned a vector of another size than it announced");
  }
  return vector;
}

std::vector<Neighbour> NameVectors::near(NameKind kind, std::span<const float> vector, double threshold, std::size_t limit) const {
  const Shelf& shelf = shelves_[static_cast<std::size_t>(kind)];
  if (!shelf.index) throw Error(ErrorKind::kInternal, "vectors were searched before they were refreshed");
  return shelf.index->within(vector, static_cast<float>(threshold), limit);
}

void NameVectors::remove(NameKind kind, std::int64_t id) {
  database_.run("DELETE FROM vectors WHERE kind = ?1 AND id = ?2", static_cast<int>(kind), id);
  if (database_.changed_rows() == 0) return;
  database_.run("INSERT INTO vector_changes(ns, kind, id) VALUES(?1, ?2, ?3)", name_space_, static_cast<int>(kind), id);
}

void NameVectors::rebuild() {
  drop_files();
  {
    Transaction transaction(database_, TransactionKind::kWrite);
    // Whoever has an older index must rebuild it: the changes up to the floor are gone.
    database_.run("INSERT INTO vector_changes(ns, kind, id) VALUES(?1, 0, 0)", name_space_);
    set_meta(database_, "vector_floor", std::to_string(database_.last_insert_id()));
    database_.run("DELETE FROM vector_changes");
    for (const NameKind kind : kKinds) {
      const std::string table = table_of(kind);
      database_.run("DELETE FROM vectors WHERE kind = ?1 AND id IN (SELECT id FROM " + table + " WHERE ns = ?2)", static_cast<int>(kind),
                    name_space_);
      database_.run("UPDATE " + table + " SET embedded = 0 WHERE ns = ?1", name_space_);
    }
    transaction.commit();
  }
  if (!enabled()) return;
  refresh();
  for (const NameKind kind : kKinds) save(kind);
}

void NameVectors::drop_files() {
  for (const NameKind kind : kKinds) {
    shelf(kind) = {};
    std::error_code ignored;
    std::filesystem::remove(file(kind), ignored);
  }
}

void NameVectors::verify_vectors(NameKind kind, std::vector<std::string>& problems) {
  const std::string table = table_of(kind);
  const auto dimension = static_cast<std::size_t>(meta_integer(database_, "dimension"));
  auto rows = database_.query(
      "SELECT n.id, n.embedded, v.vector, v.id FROM " + table + " n LEFT JOIN vectors v ON v.kind = ?1 AND v.id = n.id WHERE n.ns = ?2",
      static_cast<int>(kind), name_space_);
  while (rows.step()) {
    const std::string who = table + " " + std::to_string(rows.integer(0));
    const bool has_vector = rows.optional_integer(3).has_value();
    if (has_vector != (rows.integer(1) != 0)) problems.push_back(who + ": its vector is missing or unexpected; run reindex");
    if (!has_vector) continue;
    const std::vector<float> vector = floats_of(rows.blob(2));
    if (vector.size() != dimension) {
      problems.push_back(who + ": its vector has " + std::to_string(vector.size()) + " numbers, not " + std::to_string(dimension));
    } else if (std::abs(norm_of(vector) - 1) > kNormTolerance) {
      problems.push_back(who + ": its vector is not of length 1");
    }
  }
}

void NameVectors::verify_index(NameKind kind, std::vector<std::string>& problems) {
  catch_up(kind);
  const std::string name = file(kind).filename().string();
  std::size_t expected = 0;
  auto rows = database_.query(
      std::string("SELECT v.id, v.vector FROM vectors v JOIN ") + table_of(kind) + " n ON n.id = v.id WHERE v.kind = ?1 AND n.ns = ?2",
      static_cast<int>(kind), name_space_);
  constexpr std::size_t kProbes = 200;  // names that must find themselves
  while (rows.step()) {
    const std::vector<float> vector = floats_of(rows.blob(1));
    if (!is_usable(vector) || expected++ >= kProbes) continue;
    // Names that share a vector share the first places; more of them than the limit say nothing.
    constexpr std::size_t kLimit = 1'000;
    const auto found = near(kind, vector, 1 - kNormTolerance, kLimit);
    const std::int64_t id = rows.integer(0);
    if (found.size() < kLimit && std::none_of(found.begin(), found.end(), [id](const Neighbour& hit) { return hit.id == id; })) {
      problems.push_back(name + ": name " + std::to_string(id) + " does not find itself; run reindex");
    }
  }
  if (shelf(kind).index->size() != expected) {
    problems.push_back(name + " holds " + std::to_string(shelf(kind).index->size()) + " vectors, the database " + std::to_string(expected) +
                       "; run reindex");
  }
}

void NameVectors::verify(std::vector<std::string>& problems) {
  for (const NameKind kind : kKinds) {
    verify_vectors(kind, problems);
    if (enabled()) verify_index(kind, problems);
  }
}

}  // namespace memllm
