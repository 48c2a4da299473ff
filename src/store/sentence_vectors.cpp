#include "store/sentence_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <utility>

#include "store/checks.h"

namespace memllm {
namespace {

constexpr std::int64_t kBatch = 64;  // embedded and stored in one transaction

// The largest component becomes ±127; before the components: what one step is worth (a float).
std::vector<std::byte> quantised(std::span<const float> vector) {
  float largest = 0;
  for (const float value : vector) largest = std::max(largest, std::abs(value));
  const float scale = largest > 0 ? largest / 127 : 1;
  std::vector<std::byte> bytes(sizeof(float) + vector.size());
  std::memcpy(bytes.data(), &scale, sizeof scale);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    bytes[sizeof scale + i] = static_cast<std::byte>(static_cast<std::int8_t>(std::lround(vector[i] / scale)));
  }
  return bytes;
}

}  // namespace

std::size_t SentenceVectors::embed(std::size_t limit) {
  if (!options_.embedding.embed) return 0;
  std::size_t done = 0;
  while (done < limit) {
    std::vector<SentenceId> ids;
    std::vector<std::string> texts;
    {
      auto rows = database_.query(
          "SELECT s.id, t.over, s.text FROM sentences s JOIN sentence_texts t ON t.id = s.id WHERE s.ns = ?1 AND s.vector IS NULL "
          "AND s.withdrawn_at IS NULL AND s.text <> ?3 ORDER BY s.id LIMIT ?2",
          name_space_, std::min<std::int64_t>(kBatch, static_cast<std::int64_t>(limit - done)), kForgotten);
      while (rows.step()) {
        ids.push_back(rows.integer(0));
        texts.push_back(rows.text(1) + ": " + rows.text(2));
      }
    }
    if (ids.empty()) return 0;
    const std::vector<float> vectors = options_.embedding.embed(texts);
    const std::size_t dimension = options_.embedding.dimension;
    sqlite::Transaction transaction(database_, sqlite::TransactionKind::kWrite);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::vector<std::byte> bytes = quantised(std::span(vectors).subspan(i * dimension, dimension));
      database_.run("UPDATE sentences SET vector = ?2 WHERE id = ?1", ids[i], sqlite::Blob(bytes));
    }
    transaction.commit();
    ++changes_;
    done += ids.size();
  }
  return static_cast<std::size_t>(
      database_
          .integer("SELECT count(*) FROM sentences WHERE ns = ?1 AND vector IS NULL AND withdrawn_at IS NULL AND text <> ?2", name_space_,
                   kForgotten)
          .value_or(0));
}

void SentenceVectors::load() {
  const std::int64_t version = database_.integer("PRAGMA data_version").value_or(0);
  if (version == loaded_version_ && changes_ == loaded_changes_) return;
  ids_.clear();
  scales_.clear();
  rows_.clear();
  const std::size_t bytes = sizeof(float) + options_.embedding.dimension;
  auto rows = database_.query("SELECT id, vector FROM sentences WHERE ns = ?1 AND vector IS NOT NULL ORDER BY id", name_space_);
  while (rows.step()) {
    const sqlite::Blob blob = rows.blob(1);
    if (blob.size() != bytes) continue;  // of another embedder, or damaged
    float scale = 0;
    std::memcpy(&scale, blob.data(), sizeof scale);
    ids_.push_back(rows.integer(0));
    scales_.push_back(scale);
    const auto* components = reinterpret_cast<const std::int8_t*>(blob.data()) + sizeof scale;
    rows_.insert(rows_.end(), components, components + options_.embedding.dimension);
  }
  loaded_version_ = version;
  loaded_changes_ = changes_;
}

std::vector<FoundSentence> SentenceVectors::nearest(std::span<const float> vector) {
  if (!options_.embedding.embed || vector.size() != options_.embedding.dimension) return {};
  load();
  std::vector<FoundSentence> found;
  found.reserve(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    const std::int8_t* row = rows_.data() + i * vector.size();
    float sum = 0;
    for (std::size_t j = 0; j < vector.size(); ++j) sum += vector[j] * static_cast<float>(row[j]);
    found.push_back({ids_[i], static_cast<double>(sum * scales_[i])});
  }
  std::ranges::sort(found, std::greater<>(), &FoundSentence::score);
  return found;
}

}  // namespace memllm
