// Search by words, then by nearest names.
#include <algorithm>
#include <limits>
#include <set>
#include <sstream>

#include "base/name.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxWords = 16;
constexpr std::size_t kMaxNeighbours = 50;
constexpr double kNeighbourSimilarity = 0.5;  // names further away are no help to a person who searches

bool has_word_character(const std::string& word) {
  return std::any_of(word.begin(), word.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
  });
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(normalised(text));
  std::vector<std::string> words;
  for (std::string word; words.size() < kMaxWords && in >> word;) {
    if (has_word_character(word)) words.push_back(word);
  }
  return words;
}

// An FTS5 string (a phrase when it has several tokens) whose last token may go on.
std::string prefix_phrase(const std::string& word) {
  std::string phrase = "\"";
  for (const char c : word) phrase += c == '"' ? std::string("\"\"") : std::string(1, c);
  return phrase + "\"*";
}

}  // namespace

// Facts that hold every word somewhere, newest first.
std::vector<FactId> Store::Impl::facts_with_words(const std::vector<std::string>& words) {
  std::set<FactId> hits;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string names =
        has_words ? "SELECT n.entity FROM name_words w CROSS JOIN entity_names n ON n.id = w.rowid WHERE name_words MATCH ?2 AND n.ns = ?1"
                  : "SELECT entity FROM entity_names WHERE instr(key, ?2) > 0 AND ns = ?1";
    // A name speaks for the whole class of entities that are the same.
    const std::string entities =
        "SELECT e.id FROM entities e WHERE coalesce(e.same_as, e.id) IN (SELECT coalesce(m.same_as, m.id) FROM entities m WHERE m.id IN (" +
        names + "))";
    auto rows =
        database.query("WITH named AS MATERIALIZED (" + entities +
                           ") SELECT id FROM facts WHERE subject IN named UNION SELECT id FROM facts WHERE object IN named "
                           "UNION SELECT id FROM facts WHERE relation IN (SELECT id FROM relations WHERE ns = ?1 AND instr(key, ?3) > 0)",
                       name_space, has_words ? prefix_phrase(words[i]) : words[i], words[i]);
    std::set<FactId> found;
    while (rows.step()) {
      const FactId id = rows.integer(0);
      if (i == 0 || hits.contains(id)) found.insert(id);
    }
    hits = std::move(found);
    if (hits.empty()) break;
  }
  return {hits.rbegin(), hits.rend()};
}

// Then the facts of the names nearest to the text, nearest first.
void Store::Impl::append_facts_near(const std::string& text, std::vector<FactId>& ranked) {
  std::set<FactId> known(ranked.begin(), ranked.end());
  vectors.refresh();
  const auto vector = vectors.vector_of(NameKind::kEntityName, Name(text));
  for (const Neighbour& near : vectors.near(NameKind::kEntityName, vector, kNeighbourSimilarity, kMaxNeighbours)) {
    const auto entity = database.integer("SELECT entity FROM entity_names WHERE id = ?1", near.id);
    if (!entity) continue;
    auto rows = database.query(
        "SELECT id FROM facts WHERE subject IN " + same_entities("?1") + " OR object IN " + same_entities("?1") + " ORDER BY id DESC",
        root_of(*entity));
    while (rows.step()) {
      if (known.insert(rows.integer(0)).second) ranked.push_back(rows.integer(0));
    }
  }
}

std::vector<Fact> Store::Impl::search(const std::string& text, const FactFilter& filter) {
  check_text("search text", text);
  const std::vector<std::string> words = words_of(text);
  if (words.empty()) return {};
  std::vector<FactId> ranked = facts_with_words(words);
  if (vectors.enabled()) append_facts_near(text, ranked);
  if (const auto named = find_entity(Name(text))) {  // what has exactly this name goes first
    std::set<FactId> exact;
    auto rows =
        database.query("SELECT id FROM facts WHERE subject IN " + same_entities("?1") + " OR object IN " + same_entities("?1"), *named);
    while (rows.step()) exact.insert(rows.integer(0));
    std::ranges::stable_partition(ranked, [&](FactId id) { return exact.contains(id); });
  }
  // Of one state of the database from here on: others may forget what was ranked.
  const sqlite::Transaction transaction(database, sqlite::TransactionKind::kRead);
  const std::optional<Timestamp> as_of = filter.as_of ? std::optional(parse_timestamp(*filter.as_of)) : std::nullopt;
  FactFilter one = filter;
  one.offset = 0;
  one.limit = 1;
  std::vector<Fact> facts;
  std::size_t skipped = 0;
  for (const FactId id : ranked) {
    if (facts.size() >= filter.limit) break;
    if (list_ids(one, id).empty()) continue;
    if (skipped++ < filter.offset) continue;
    facts.push_back(load_fact(id, as_of).value());
  }
  return facts;
}

}  // namespace memllm
