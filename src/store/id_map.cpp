#include "store/id_map.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/json_fields.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::int64_t kMaxKept = kMaxId / 2;  // greater ones get new numbers: those that follow must be ids too

struct KindNames {
  const char* table;
  const char* noun;
};

constexpr std::array<KindNames, kIdKinds> kNames = {{{"facts", "fact"},
                                                     {"entities", "entity"},
                                                     {"entity_names", "name"},
                                                     {"relations", "relation"},
                                                     {"documents", "document"},
                                                     {"sources", "source"},
                                                     {"events", "event"},
                                                     {"sentences", "sentence"}}};

const KindNames& names_of(IdKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

// Keys of payloads that hold an id, or an array of ids.
constexpr std::array<std::pair<std::string_view, IdKind>, 9> kPayloadIds = {{{"new", IdKind::kFact},
                                                                             {"old", IdKind::kFact},
                                                                             {"source", IdKind::kSource},
                                                                             {"sources", IdKind::kSource},
                                                                             {"name", IdKind::kName},
                                                                             {"root", IdKind::kEntity},
                                                                             {"relation", IdKind::kRelation},
                                                                             {"document", IdKind::kDocument},
                                                                             {"event", IdKind::kEvent}}};

}  // namespace

std::optional<IdKind> ref_kind(std::string_view noun) {
  for (const IdKind kind : {IdKind::kFact, IdKind::kEntity, IdKind::kRelation, IdKind::kDocument}) {
    if (noun == names_of(kind).noun) return kind;
  }
  return std::nullopt;
}

IdMap::IdMap(sqlite::Database& database) : database_(database) {
  for (std::size_t kind = 0; kind < kIdKinds; ++kind) {
    used_[kind] = database.integer("SELECT seq FROM sqlite_sequence WHERE name = ?1", kNames[kind].table).value_or(0);
  }
}

std::optional<std::int64_t> IdMap::free_id(IdKind kind, std::optional<std::int64_t> file_id) const {
  if (!file_id || *file_id <= used_[static_cast<std::size_t>(kind)] || *file_id > kMaxKept) return std::nullopt;
  const std::string sql = std::string("SELECT 1 FROM ") + names_of(kind).table + " WHERE id = ?1";
  return database_.integer(sql, *file_id) ? std::nullopt : file_id;
}

void IdMap::put(IdKind kind, std::optional<std::int64_t> file_id, std::int64_t id) {
  if (!file_id || ids_[static_cast<std::size_t>(kind)].emplace(*file_id, id).second) return;
  throw Error(ErrorKind::kInvalidArgument, std::string(names_of(kind).noun) + " " + std::to_string(*file_id) + " comes twice");
}

std::int64_t IdMap::get(IdKind kind, std::int64_t file_id) {
  const auto& known = ids_[static_cast<std::size_t>(kind)];
  if (const auto found = known.find(file_id); found != known.end()) return found->second;
  if (file_id < 1 || file_id > kMaxId) throw Error(ErrorKind::kInvalidArgument, std::to_string(file_id) + " is no id");
  if (kind == IdKind::kName || kind == IdKind::kEntity || kind == IdKind::kDocument) return reserve(kind, file_id);
  throw Error(ErrorKind::kInvalidArgument, std::string(names_of(kind).noun) + " " + std::to_string(file_id) + " is not in the file");
}

std::int64_t IdMap::reserve(IdKind kind, std::int64_t file_id) {
  const char* table = names_of(kind).table;
  const std::int64_t newest = database_.integer("SELECT seq FROM sqlite_sequence WHERE name = ?1", table).value_or(0);
  const std::int64_t id = free_id(kind, file_id).value_or(newest + 1);
  database_.run("DELETE FROM sqlite_sequence WHERE name = ?1", table);
  database_.run("INSERT INTO sqlite_sequence(name, seq) VALUES(?1, ?2)", table, std::max(newest, id));
  put(kind, file_id, id);
  return id;
}

IdMap::Json IdMap::translate(const Json& payload) {
  Json result = payload;
  for (const auto& [key, kind] : kPayloadIds) {
    const auto found = result.find(key);
    if (found == result.end()) continue;
    if (!found->is_array()) {
      *found = get(kind, found->get<std::int64_t>());
      continue;
    }
    for (Json& id : *found) id = get(kind, id.get<std::int64_t>());
  }
  if (const auto links = result.find("links"); links != result.end()) {
    for (Json& link : *links) {
      for (Json& entity : link) {
        if (!entity.is_null()) entity = get(IdKind::kEntity, entity.get<std::int64_t>());
      }
    }
  }
  return result;
}

}  // namespace memllm
