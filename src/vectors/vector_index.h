// Nearest names by cosine. Rebuildable: the database is the truth, an index may be dropped at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace memllm {

struct Neighbour {
  std::int64_t id = 0;
  float similarity = 0;  // exact cosine, re-scored from the stored vector
};

// Range search over unit vectors. Below kBruteForceLimit vectors the search is exact; above it, HNSW with k doubled until the worst hit
// falls below the threshold, then exact re-scoring (shared measurement: hnswlib's epsilon stop lost recall).
// Thread rule: one thread at a time.
class VectorIndex {
 public:
  static constexpr std::size_t kBruteForceLimit = 20'000;

  explicit VectorIndex(std::size_t dimension);
  ~VectorIndex();
  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;

  // Adds or replaces. REQUIRES: vector.size() == dimension, norm 1.
  void add(std::int64_t id, std::span<const float> vector);
  void remove(std::int64_t id);
  std::size_t size() const;

  // All ids with similarity ≥ threshold, best first, at most limit.
  std::vector<Neighbour> within(std::span<const float> query, float threshold, std::size_t limit) const;
  // The same by scanning everything: the reference that tests compare with.
  std::vector<Neighbour> within_exact(std::span<const float> query, float threshold, std::size_t limit) const;

  // The index's file: checksummed, with a watermark (the last change of the database that it contains). load returns nullopt for a
  // file that is missing, damaged, or of another version or dimension: the caller rebuilds.
  void save(const std::filesystem::path& file, std::int64_t watermark) const;
  struct Loaded;
  static std::optional<Loaded> load(const std::filesystem::path& file, std::size_t dimension);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct VectorIndex::Loaded {
  VectorIndex index;
  std::int64_t watermark = 0;
};

}  // namespace memllm
