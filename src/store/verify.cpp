// Counting, checking and rebuilding.
#include <algorithm>

#include "base/name.h"
#include "base/text.h"
#include "store/schema.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxProblems = 100;  // of one check; more say nothing new

// A query whose every row is a problem: column 0 is its id. The message stands before and after the id.
struct RowCheck {
  const char* sql;
  const char* before;
  const char* after;
};

constexpr RowCheck kRowChecks[] = {
    {"SELECT f.id FROM facts f LEFT JOIN facts s ON s.id = f.successor WHERE f.successor IS NOT NULL AND (s.id IS NULL OR s.ns <> f.ns)",
     "fact ", ": its successor does not exist"},
    {"SELECT id FROM facts WHERE successor IS NOT NULL AND retracted_at IS NULL", "fact ", ": is active but has a successor"},
    {"SELECT id FROM facts WHERE retracted_at IS NULL AND (retracted_by IS NOT NULL OR reason <> '')", "fact ",
     ": is active but says why it was retracted"},
    {"SELECT id FROM facts WHERE retracted_at < recorded_at", "fact ", ": was retracted before it was recorded"},
    {"SELECT f.id FROM facts f JOIN entities s ON s.id = f.subject JOIN entities o ON o.id = f.object JOIN relations r ON r.id = "
     "f.relation "
     "WHERE s.ns <> f.ns OR o.ns <> f.ns OR r.ns <> f.ns",
     "fact ", ": its names are of another name space"},
    {"SELECT max(id) FROM facts WHERE retracted_at IS NULL GROUP BY subject, relation, object HAVING count(*) > 1", "fact ",
     ": an equal fact is active too"},
    {"SELECT f.id FROM facts f WHERE NOT EXISTS (SELECT 1 FROM event_refs r WHERE r.kind = 'fact' AND r.ref = f.id)", "fact ",
     ": no event tells where it came from"},
    {"SELECT e.id FROM entities e WHERE NOT EXISTS (SELECT 1 FROM entity_names n WHERE n.entity = e.id AND n.name = e.name)", "entity ",
     ": has lost its name"},
    {"SELECT e.id FROM entities e JOIN entities r ON r.id = e.same_as WHERE r.same_as IS NOT NULL OR r.ns <> e.ns", "entity ",
     ": is the same as one that is no entity of its own"},
    {"SELECT r.event FROM event_refs r WHERE r.kind = 'fact' AND NOT EXISTS (SELECT 1 FROM facts f WHERE f.id = r.ref)", "event ",
     ": is about a fact that does not exist"},
    {"SELECT e.id FROM events e JOIN events u ON u.id = e.undone_by WHERE u.kind <> 'undo' OR u.id < e.id", "event ",
     ": says it was undone by something that is no later undo"},
    {"SELECT v.id FROM vectors v WHERE v.kind = 0 AND NOT EXISTS (SELECT 1 FROM entity_names n WHERE n.id = v.id)", "vector ",
     ": belongs to no name; run reindex"},
    {"SELECT v.id FROM vectors v WHERE v.kind = 1 AND NOT EXISTS (SELECT 1 FROM relations r WHERE r.id = v.id)", "vector ",
     ": belongs to no relation; run reindex"},
};

void check_rows(sqlite::Database& database, std::vector<std::string>& problems) {
  for (const RowCheck& check : kRowChecks) {
    auto rows = database.query(check.sql);
    for (std::size_t count = 0; count < kMaxProblems && rows.step(); ++count) {
      problems.push_back(check.before + std::to_string(rows.integer(0)) + check.after);
    }
  }
}

void check_file(sqlite::Database& database, std::vector<std::string>& problems) {
  auto integrity = database.query("PRAGMA integrity_check");
  while (integrity.step()) {
    if (integrity.text(0) != "ok") problems.push_back("database: " + integrity.text(0));
  }
  auto foreign = database.query("PRAGMA foreign_key_check");
  for (std::size_t count = 0; count < kMaxProblems && foreign.step(); ++count) {
    problems.push_back(foreign.text(0) + " " + foreign.text(1) + ": refers to a missing row of " + foreign.text(2));
  }
}

void check_keys(sqlite::Database& database, std::vector<std::string>& problems) {
  for (const std::string table : {"entity_names", "relations"}) {
    auto rows = database.query("SELECT id, key, name FROM " + table);
    while (rows.step()) {
      const std::string name = rows.text(2);
      if (!is_valid_utf8(name) || Name(name).key != rows.text(1)) {
        problems.push_back(table + " " + std::to_string(rows.integer(0)) + ": its key does not fit its name");
      }
    }
  }
}

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) bytes += it->file_size(ignored);
  }
  return bytes;
}

}  // namespace

MemoryStats Store::Impl::stats() {
  MemoryStats stats;
  {
    sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
    const auto count = [this](std::string_view sql) { return static_cast<std::size_t>(database.integer(sql, name_space).value_or(0)); };
    stats.facts = count("SELECT count(*) FROM facts WHERE ns = ?1 AND retracted_at IS NULL");
    stats.quarantined = count("SELECT count(*) FROM facts f WHERE f.ns = ?1 AND " + std::string(kQuarantined));
    stats.retracted = count("SELECT count(*) FROM facts WHERE ns = ?1 AND retracted_at IS NOT NULL") - stats.quarantined;
    stats.entities = count("SELECT count(*) FROM entities WHERE ns = ?1 AND same_as IS NULL");
    stats.aliases = count("SELECT count(*) FROM entity_names WHERE ns = ?1") - stats.entities;
    stats.relations = count("SELECT count(*) FROM relations WHERE ns = ?1");
    stats.documents = count("SELECT count(*) FROM documents WHERE ns = ?1 AND (hash <> '' OR writer <> '')");
    stats.sentences = count("SELECT count(*) FROM sentences WHERE ns = ?1 AND withdrawn_at IS NULL");
    stats.events = count("SELECT count(*) FROM events WHERE ns = ?1");
    stats.vectors = count("SELECT count(*) FROM entity_names WHERE ns = ?1 AND embedded = 1") +
                    count("SELECT count(*) FROM relations WHERE ns = ?1 AND embedded = 1") +
                    count("SELECT count(*) FROM sentences WHERE ns = ?1 AND vector IS NOT NULL");
    auto names = database.query("SELECT name FROM name_spaces ORDER BY name");
    while (names.step()) stats.name_spaces.push_back(names.text(0));
  }
  stats.bytes = bytes_below(options.folder);
  return stats;
}

VerifyReport Store::Impl::verify() {
  VerifyReport report;
  // Damage that keeps a check from running is a finding too.
  const auto check = [&report](auto work, const std::string& advice) {
    try {
      work();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kCorrupt) throw;
      report.problems.push_back(error.what() + advice);
    }
  };
  check(
      [&] {
        sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
        check_file(database, report.problems);
        check_rows(database, report.problems);
        check_keys(database, report.problems);
      },
      "");
  // The word index is compared with the names that it was made from.
  check(
      [&] {
        if (!has_words) return;
        database.run("INSERT INTO name_words(name_words, rank) VALUES('integrity-check', 1)");
        database.run("INSERT INTO sentence_words(sentence_words, rank) VALUES('integrity-check', 1)");
      },
      "; if only the word index is damaged, reindex makes it anew");
  check([&] { vectors.verify(report.problems); }, "");
  return report;
}

void Store::Impl::reindex() {
  {
    sqlite::Transaction transaction(database, sqlite::TransactionKind::kWrite);
    database.run("REINDEX");
    rebuild_word_indices();
    transaction.commit();
  }
  vectors.rebuild();
  rewrite_file();
}

}  // namespace memllm
