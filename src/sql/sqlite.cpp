#include "sql/sqlite.h"

#include <sqlite3.h>

#include <thread>
#include <utility>

#include "memllm/error.h"

namespace memllm::sqlite {

Statement::Statement(Database& database, std::string sql, sqlite3_stmt* handle)
    : database_(&database), sql_(std::move(sql)), handle_(handle) {}

Statement::~Statement() {
  if (handle_ != nullptr) database_->give_back(std::move(sql_), handle_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), sql_(std::move(other.sql_)), handle_(std::exchange(other.handle_, nullptr)) {}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_->fail(code, sql_);
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(handle_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> Statement::optional_real(int column) const { return is_null(column) ? std::nullopt : std::optional(real(column)); }

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

Blob Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::bind_one(int index, std::nullptr_t) {
  if (const int code = sqlite3_bind_null(handle_, index)) database_->fail(code, sql_);
}

void Statement::bind_one(int index, double value) {
  if (const int code = sqlite3_bind_double(handle_, index, value)) database_->fail(code, sql_);
}

void Statement::bind_one(int index, std::string_view value) {
  // SQLite binds NULL for a null pointer, which an empty view may hold.
  const char* bytes = value.data() == nullptr ? "" : value.data();
  if (const int code = sqlite3_bind_text64(handle_, index, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8)) database_->fail(code, sql_);
}

void Statement::bind_one(int index, Blob value) {
  if (const int code = sqlite3_bind_blob64(handle_, index, value.data(), value.size(), SQLITE_TRANSIENT)) database_->fail(code, sql_);
}

void Statement::bind_integer(int index, std::int64_t value) {
  if (const int code = sqlite3_bind_int64(handle_, index, value)) database_->fail(code, sql_);
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

void Database::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

Database::Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout) : file_(file), busy_timeout_(busy_timeout) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code, "open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
}

Database::~Database() = default;

Statement Database::prepare(std::string_view sql) {
  std::string key(sql);
  if (const auto found = idle_.find(key); found != idle_.end() && !found->second.empty()) {
    sqlite3_stmt* handle = found->second.back().release();
    found->second.pop_back();
    return {*this, std::move(key), handle};
  }
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) fail(code, sql);
  return {*this, std::move(key), handle};
}

void Database::give_back(std::string sql, sqlite3_stmt* handle) noexcept {
  std::unique_ptr<sqlite3_stmt, Finalize> owner(handle);
  sqlite3_reset(handle);
  sqlite3_clear_bindings(handle);
  try {
    idle_[std::move(sql)].push_back(std::move(owner));
  } catch (const std::bad_alloc&) {
    owner.reset();  // finalized instead of kept
  }
}

void Database::execute(const std::string& script) {
  if (const int code = sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr)) fail(code, script);
}

void Database::use_write_ahead_log() {
  constexpr const char* kSwitch = "PRAGMA journal_mode = WAL";
  constexpr std::chrono::milliseconds kPause{5};
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout_;
  while (const int code = sqlite3_exec(handle_.get(), kSwitch, nullptr, nullptr, nullptr)) {
    if ((code & 0xFF) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) fail(code, kSwitch);
    std::this_thread::sleep_for(kPause);
  }
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

std::int64_t Database::changed_rows() const { return sqlite3_changes64(handle_.get()); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Database::fail(int code, std::string_view doing) const {
  const std::string reason = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  const std::string file = file_.string();
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(ErrorKind::kIo, "another process holds it: " + file + " stayed locked; try again when the other process has finished");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(ErrorKind::kCorrupt, file + " is damaged or is no memory (" + reason + "); restore it from a backup or an export");
    case SQLITE_FULL:
      throw Error(ErrorKind::kIo, "the disk is full: " + file + " was not changed");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw Error(ErrorKind::kIo, "cannot use " + file + " (" + reason + "); check that its folder exists and can be written");
    case SQLITE_TOOBIG:
      throw Error(ErrorKind::kInvalidArgument, "a text is too long for " + file);
    default:
      throw Error(ErrorKind::kInternal, file + ": " + reason + " in: " + std::string(doing.substr(0, 200)));
  }
}

Transaction::Transaction(Database& database, TransactionKind kind) : database_(database) {
  database_.run(kind == TransactionKind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!open_ || !database_.in_transaction()) return;
  try {
    database_.run("ROLLBACK");
  } catch (const Error&) {
    open_ = false;  // the connection is beyond use; SQLite rolls back when the file is opened again
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace memllm::sqlite
