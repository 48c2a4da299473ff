// SQLite's C API with owners. Failures throw Error: locked, full or unreadable is kIo, damaged is kCorrupt, the rest is kInternal.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "memllm/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace memllm::sqlite {

using Blob = std::span<const std::byte>;

// A prepared statement on loan from its database: comes back, reset, when this is destroyed. REQUIRES: does not outlive the Database.
class Statement {
 public:
  Statement(class Database& database, std::string sql, sqlite3_stmt* handle);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  // Binds parameters ?1, ?2, … in order. An empty optional is NULL.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  // True: a row is there. False: done.
  bool step();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  std::optional<double> optional_real(int column) const;
  std::optional<std::string> optional_text(int column) const;
  Blob blob(int column) const;  // valid until the next step

 private:
  bool is_null(int column) const;
  void bind_one(int index, std::nullptr_t);
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, Blob value);
  void bind_integer(int index, std::int64_t value);
  template <std::integral Value>
  void bind_one(int index, Value value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  template <typename Value>
  void bind_one(int index, const std::optional<Value>& value) {
    if (value) {
      bind_one(index, *value);
    } else {
      bind_one(index, nullptr);
    }
  }

  Database* database_;
  std::string sql_;
  sqlite3_stmt* handle_;
};

// One connection. Thread rule: one thread at a time.
class Database {
 public:
  // Creates the file if it is missing. busy_timeout: how long to wait for another process's lock before kIo.
  explicit Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout = std::chrono::seconds(10));
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // A statement ready to step; statements are compiled once and kept.
  template <typename... Values>
  Statement query(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    statement.bind(values...);
    return statement;
  }
  // Runs one statement to its end.
  template <typename... Values>
  void run(std::string_view sql, const Values&... values) {
    Statement statement = query(sql, values...);
    while (statement.step()) {
    }
  }
  // The first column of the first row; nullopt: no row, or NULL.
  template <typename... Values>
  std::optional<std::int64_t> integer(std::string_view sql, const Values&... values) {
    Statement statement = query(sql, values...);
    return statement.step() ? statement.optional_integer(0) : std::nullopt;
  }
  template <typename... Values>
  std::optional<std::string> text(std::string_view sql, const Values&... values) {
    Statement statement = query(sql, values...);
    return statement.step() ? statement.optional_text(0) : std::nullopt;
  }

  // Several statements without parameters, not kept.
  void execute(const std::string& script);
  // Switches to WAL. SQLite does not wait for others there (its busy handler is not called), so this tries again up to the busy time-out.
  void use_write_ahead_log();
  std::int64_t last_insert_id() const;
  std::int64_t changed_rows() const;  // of the newest INSERT, UPDATE or DELETE
  bool in_transaction() const;
  const std::filesystem::path& file() const { return file_; }

  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  Statement prepare(std::string_view sql);
  void give_back(std::string sql, sqlite3_stmt* handle) noexcept;

  std::filesystem::path file_;
  std::chrono::milliseconds busy_timeout_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<std::string, std::vector<std::unique_ptr<sqlite3_stmt, Finalize>>> idle_;
};

enum class TransactionKind { kRead, kWrite };

// Rolls back unless committed. A write transaction takes the lock at once; a read transaction sees one state of the database throughout.
class Transaction {
 public:
  Transaction(Database& database, TransactionKind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace memllm::sqlite
