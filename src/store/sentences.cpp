// The sentences of documents: kept, found, withdrawn. A row is never changed: what undo brings back is a new one.
#include <algorithm>
#include <map>
#include <utility>

#include "base/name.h"
#include "store/checks.h"
#include "store/store_impl.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxWords = 32;
constexpr std::size_t kShortestPrefix = 4;  // characters, about: shorter words are looked for whole

constexpr const char* kColumns =
    "s.id, d.name, d.title, d.author, d.date, s.number, s.text_begin, s.text_end, s.text, s.heading, s.speaker, s.is_heading, "
    "s.learned_at, s.withdrawn_at";

// SQL that is true for a row s of sentences that stands at a time, ?1; NULL: now.
constexpr const char* kStands =
    "(CASE WHEN ?1 IS NULL THEN s.withdrawn_at IS NULL ELSE s.learned_at <= ?1 AND (s.withdrawn_at IS NULL OR s.withdrawn_at > ?1) END)";

Sentence sentence_of(const sqlite::Statement& row) {
  return {
      row.integer(0), row.text(1), row.text(2),  row.text(3),          row.text(4),  row.integer(5),       {row.integer(6), row.integer(7)},
      row.text(8),    row.text(9), row.text(10), row.integer(11) != 0, row.text(12), row.optional_text(13)};
}

// An FTS5 string; of a longer word all that begins with it.
std::string match_of(const std::string& word) {
  std::string match = "\"";
  for (const char c : word) match += c == '"' ? std::string("\"\"") : std::string(1, c);
  return match + (word.size() >= kShortestPrefix ? "\"*" : "\"");
}

}  // namespace

void Store::Impl::index_words(SentenceId id) {
  if (has_words) {
    database.run("INSERT INTO sentence_words(rowid, text, over) SELECT id, text, over FROM sentence_texts WHERE id = ?1", id);
  }
}

void Store::Impl::put_sentences(std::int64_t document, std::span<const SentenceDraft> sentences, EventId event, const Timestamp& at) {
  // What still stands there, word for word and in its place among the headings, keeps its row, its vector and its time of learning.
  using Key = std::pair<std::string, std::pair<std::string, std::string>>;
  std::map<Key, std::vector<SentenceId>> old;  // last first
  {
    auto rows = database.query(
        "SELECT id, text, heading, speaker FROM sentences WHERE document = ?1 AND withdrawn_at IS NULL ORDER BY number DESC", document);
    while (rows.step()) old[{rows.text(1), {rows.text(2), rows.text(3)}}].push_back(rows.integer(0));
  }
  for (const SentenceDraft& draft : sentences) {
    check_text("sentence", draft.text);
    check_text("heading", draft.heading);
    check_text("speaker", draft.speaker);
    const auto known = old.find({draft.text, {draft.heading, draft.speaker}});
    if (known != old.end() && !known->second.empty()) {
      database.run("UPDATE sentences SET number = ?2, text_begin = ?3, text_end = ?4 WHERE id = ?1", known->second.back(), draft.number,
                   draft.span.begin, draft.span.end);
      known->second.pop_back();
      continue;
    }
    database.run(
        "INSERT INTO sentences(ns, document, number, text_begin, text_end, text, heading, speaker, learned_at, learned_by, is_heading) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        name_space, document, draft.number, draft.span.begin, draft.span.end, draft.text, draft.heading, draft.speaker, at, event,
        draft.is_heading);
    index_words(database.last_insert_id());
  }
  for (const auto& [key, ids] : old) {
    for (const SentenceId id : ids) database.run("UPDATE sentences SET withdrawn_at = ?2, withdrawn_by = ?3 WHERE id = ?1", id, at, event);
  }
}

void Store::Impl::revert_sentences(EventId event, EventId undo, const Timestamp& at) {
  database.run("UPDATE sentences SET withdrawn_at = ?3, withdrawn_by = ?2 WHERE learned_by = ?1 AND withdrawn_at IS NULL", event, undo, at);
  std::vector<SentenceId> back;
  {
    auto rows = database.query("SELECT id FROM sentences WHERE withdrawn_by = ?1 ORDER BY id", event);
    while (rows.step()) back.push_back(rows.integer(0));
  }
  for (const SentenceId id : back) {
    database.run(
        "INSERT INTO sentences(ns, document, number, text_begin, text_end, text, heading, speaker, is_heading, learned_at, learned_by, "
        "vector) "
        "SELECT ns, document, number, text_begin, text_end, text, heading, speaker, is_heading, ?2, learned_by, vector FROM sentences "
        "WHERE id = ?1",
        id, at);
    index_words(database.last_insert_id());
  }
}

std::vector<Sentence> Store::Impl::sentences(const std::string& document, const SentenceRange& range,
                                             const std::optional<Timestamp>& as_of) {
  std::vector<Sentence> sentences;
  auto rows = database.query(std::string("SELECT ") + kColumns + " FROM sentences s JOIN documents d ON d.id = s.document WHERE " +
                                 kStands + " AND d.ns = ?2 AND d.name = ?3 AND s.number BETWEEN ?4 AND ?5 ORDER BY s.number, s.id",
                             as_of, name_space, document, range.first, range.last);
  while (rows.step()) sentences.push_back(sentence_of(rows));
  return sentences;
}

std::optional<Sentence> Store::Impl::sentence(SentenceId id) {
  auto row = database.query(
      std::string("SELECT ") + kColumns + " FROM sentences s JOIN documents d ON d.id = s.document WHERE s.id = ?1 AND s.ns = ?2", id,
      name_space);
  return row.step() ? std::optional(sentence_of(row)) : std::nullopt;
}

std::vector<FoundSentence> Store::Impl::sentences_with_words(std::span<const std::string> words, std::size_t limit,
                                                             const std::optional<Timestamp>& as_of) {
  std::vector<FoundSentence> found;
  const auto used = words.first(std::min(words.size(), kMaxWords));
  if (used.empty()) return found;
  if (!has_words) {  // an SQLite without FTS5: as many words as stand in the text
    std::map<SentenceId, double> counts;
    for (const std::string& word : used) {
      auto rows =
          database.query(std::string("SELECT s.id FROM sentences s WHERE ") + kStands + " AND s.ns = ?2 AND instr(lower(s.text), ?3) > 0",
                         as_of, name_space, normalised(word));
      while (rows.step()) ++counts[rows.integer(0)];
    }
    for (const auto& [id, count] : counts) found.push_back({id, count});
    std::ranges::stable_sort(found, std::greater<>(), &FoundSentence::score);
    found.resize(std::min(found.size(), limit));
    return found;
  }
  std::string match;
  for (const std::string& word : used) match += (match.empty() ? "" : " OR ") + match_of(word);
  auto rows =
      database.query(std::string("SELECT s.id, -bm25(sentence_words, 1.0, 0.7) AS score FROM sentence_words w JOIN sentences s ON s.id = "
                                 "w.rowid WHERE sentence_words MATCH ?3 AND ") +
                         kStands + " AND s.ns = ?2 ORDER BY score DESC, s.id LIMIT ?4",
                     as_of, name_space, match, limit);
  while (rows.step()) found.push_back({rows.integer(0), rows.real(1)});
  return found;
}

std::vector<FoundSentence> Store::Impl::sentences_near(std::span<const float> vector, std::size_t limit,
                                                       const std::optional<Timestamp>& as_of) {
  std::vector<FoundSentence> found;
  for (const FoundSentence& near : sentence_vectors.nearest(vector)) {
    if (found.size() >= limit) break;
    if (database.integer(std::string("SELECT 1 FROM sentences s WHERE ") + kStands + " AND s.id = ?2", as_of, near.id))
      found.push_back(near);
  }
  return found;
}

}  // namespace memllm
