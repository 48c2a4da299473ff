#include "sql/sqlite.h"

#include <gtest/gtest.h>

#include "memllm/error.h"
#include "store/schema.h"
#include "testing/temporary_store.h"

namespace memllm::sqlite {
namespace {

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() { std::filesystem::create_directories(folder_.path()); }
  std::filesystem::path file() const { return folder_.path() / "x.sqlite"; }
  TestFolder folder_;
};

TEST_F(SqliteTest, ValuesComeBack) {
  Database database(file());
  database.run("CREATE TABLE t(a, b, c, d, e)");
  const std::string text("x\0'y", 4);
  const std::vector<float> floats = {1, 2};
  database.run("INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)", text, -7, 0.1, std::optional<std::string>(), std::as_bytes(std::span(floats)));
  auto row = database.query("SELECT * FROM t WHERE a = ?1", text);
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), text);
  EXPECT_EQ(row.integer(1), -7);
  EXPECT_EQ(row.real(2), 0.1);
  EXPECT_FALSE(row.optional_text(3));
  EXPECT_EQ(row.blob(4).size(), 8U);
  EXPECT_FALSE(row.step());
}

TEST_F(SqliteTest, OneStatementCanRunInsideItself) {
  Database database(file());
  database.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2), (3)");
  int pairs = 0;
  auto outer = database.query("SELECT a FROM t");
  while (outer.step()) {
    auto inner = database.query("SELECT a FROM t");
    while (inner.step()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
}

TEST_F(SqliteTest, ATransactionRollsBackUnlessCommitted) {
  Database database(file());
  database.run("CREATE TABLE t(a)");
  {
    Transaction transaction(database, TransactionKind::kWrite);
    database.run("INSERT INTO t VALUES(1)");
  }
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 0);
  {
    Transaction transaction(database, TransactionKind::kWrite);
    database.run("INSERT INTO t VALUES(1)");
    transaction.commit();
  }
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(SqliteTest, ALockedFileIsSaidToBeHeldByAnotherProcess) {
  Database holder(file()), waiter(file(), std::chrono::milliseconds(1));
  open_schema(holder);
  Transaction transaction(holder, TransactionKind::kWrite);
  try {
    Transaction second(waiter, TransactionKind::kWrite);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_NE(std::string(error.what()).find("another process holds it"), std::string::npos);
  }
}

TEST_F(SqliteTest, EveryCommitIsSynced) {
  Database database(file());
  open_schema(database);
  EXPECT_EQ(database.text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(database.integer("PRAGMA synchronous"), 2);
  EXPECT_EQ(database.integer("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(database.integer("PRAGMA secure_delete"), 1);
}

}  // namespace
}  // namespace memllm::sqlite
