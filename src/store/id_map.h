// Ids of an imported file, and what they became here.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "sql/sqlite.h"

namespace memllm {

enum class IdKind { kFact, kEntity, kName, kRelation, kDocument, kSource, kEvent, kSentence };
inline constexpr std::size_t kIdKinds = 8;

// Kind of an event's ref by its noun; nullopt: none.
std::optional<IdKind> ref_kind(std::string_view noun);

// REQUIRES: one write transaction around its whole life.
class IdMap {
 public:
  using Json = nlohmann::ordered_json;

  explicit IdMap(sqlite::Database& database);

  // The id to insert a row with: the file's, if it was never used here; nullopt: let the database choose.
  std::optional<std::int64_t> free_id(IdKind kind, std::optional<std::int64_t> file_id) const;
  // file_id nullopt: nothing to remember. Throws kInvalidArgument when the file uses the id twice.
  void put(IdKind kind, std::optional<std::int64_t> file_id, std::int64_t id);
  // Throws kInvalidArgument for an id that the file did not define. Histories outlive names, entities and documents: those get an id that
  // nothing else has.
  std::int64_t get(IdKind kind, std::int64_t file_id);
  // An event's payload with its ids mapped.
  Json translate(const Json& payload);

 private:
  std::int64_t reserve(IdKind kind, std::int64_t file_id);

  sqlite::Database& database_;
  std::array<std::int64_t, kIdKinds> used_{};  // ids up to here were used before the import
  std::array<std::map<std::int64_t, std::int64_t>, kIdKinds> ids_;
};

}  // namespace memllm
