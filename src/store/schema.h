// Schema version 2 of a memory's database (docs/formats.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sql/sqlite.h"

namespace memllm {

inline constexpr int kSchemaVersion = 2;
inline constexpr std::int32_t kApplicationId = 0x6D6C6C6D;  // "mllm": marks the file as a memory

// Sets the connection up (WAL, fsync at every commit, foreign keys, deleted bytes overwritten, 64 MiB of cache) and creates the tables in
// an empty file. Throws kCorrupt: not a memory; kUnsupported: made by a newer version.
void open_schema(sqlite::Database& database);

// Small values by key: embedder, dimension, counters.
std::string meta(sqlite::Database& database, std::string_view key, std::string_view fallback = "");
std::int64_t meta_integer(sqlite::Database& database, std::string_view key, std::int64_t fallback = 0);
void set_meta(sqlite::Database& database, std::string_view key, std::string_view value);

// Whether the database has its word index (an SQLite without FTS5 makes a memory without; search then scans).
bool has_word_index(sqlite::Database& database);

}  // namespace memllm
