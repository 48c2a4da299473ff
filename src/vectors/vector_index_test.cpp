#include "vectors/vector_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Vector = std::vector<float>;

void normalise(Vector& vector) {
  double norm = 0;
  for (const float x : vector) norm += static_cast<double>(x) * x;
  for (float& x : vector) x = static_cast<float>(x / std::sqrt(norm));
}

// Unit vectors in clusters, as names of similar things are.
class VectorSource {
 public:
  VectorSource(std::size_t dimension, std::size_t clusters, unsigned seed) : dimension_(dimension), random_(seed) {
    for (std::size_t i = 0; i < clusters; ++i) centres_.push_back(gaussian({}, 0));
  }
  Vector next() { return gaussian(centres_[random_() % centres_.size()], 0.5F); }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  Vector gaussian(const Vector& centre, float spread) {
    std::normal_distribution<float> normal;
    Vector vector(dimension_);
    for (float& x : vector) x = normal(random_);
    normalise(vector);
    for (std::size_t i = 0; i < centre.size(); ++i) vector[i] = centre[i] + spread * vector[i];
    normalise(vector);
    return vector;
  }

  std::size_t dimension_;
  std::mt19937 random_;
  std::vector<Vector> centres_;
};

std::vector<std::int64_t> ids_of(const std::vector<Neighbour>& neighbours) {
  std::vector<std::int64_t> ids;
  for (const Neighbour& neighbour : neighbours) ids.push_back(neighbour.id);
  return ids;
}

// The simplest thing that could be right.
class Model {
 public:
  void add(std::int64_t id, const Vector& vector) { vectors_[id] = vector; }
  void remove(std::int64_t id) { vectors_.erase(id); }
  std::size_t size() const { return vectors_.size(); }
  // In double: the index's float sums may order near ties otherwise.
  double similarity(const Vector& query, std::int64_t id) const {
    const Vector& vector = vectors_.at(id);
    return std::inner_product(query.begin(), query.end(), vector.begin(), 0.0, std::plus<>(),
                              [](float x, float y) { return static_cast<double>(x) * y; });
  }
  void expect_answer(const std::vector<Neighbour>& answer, const Vector& query, float threshold, std::size_t limit) const {
    std::vector<double> expected;
    for (const auto& entry : vectors_) {
      if (similarity(query, entry.first) >= threshold) expected.push_back(similarity(query, entry.first));
    }
    std::sort(expected.rbegin(), expected.rend());
    expected.resize(std::min(limit, expected.size()));
    ASSERT_EQ(answer.size(), expected.size());
    for (std::size_t i = 0; i < answer.size(); ++i) {
      ASSERT_NEAR(answer[i].similarity, expected[i], 1e-5);
      ASSERT_NEAR(answer[i].similarity, similarity(query, answer[i].id), 1e-5);
    }
    std::vector<std::int64_t> ids = ids_of(answer);
    std::sort(ids.begin(), ids.end());
    ASSERT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
  }

 private:
  std::map<std::int64_t, Vector> vectors_;
};

bool same(const std::vector<Neighbour>& a, const std::vector<Neighbour>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Neighbour& x, const Neighbour& y) { return x.id == y.id && x.similarity == y.similarity; });
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// An index in which part of the rows is in the graph, part is not, and some were removed.
VectorIndex large_index(VectorSource& source, std::size_t dimension) {
  VectorIndex index(dimension);
  const auto count = static_cast<std::int64_t>(VectorIndex::kBruteForceLimit + 2'000);
  for (std::int64_t id = 0; id < count; ++id) index.add(id, source.next());
  for (std::int64_t id = 0; id < count; id += 50) index.remove(id);
  return index;
}

TEST(VectorIndexTest, AnswersLikeTheModelAfterAnySequenceOfChanges) {
  constexpr std::size_t kDimension = 24;
  VectorSource source(kDimension, 20, 1);
  VectorIndex index(kDimension);
  Model model;
  for (int step = 0; step < 3'000; ++step) {
    const auto id = static_cast<std::int64_t>(source.below(400));
    if (source.below(3) == 0) {
      index.remove(id);
      model.remove(id);
    } else {
      const Vector vector = source.next();
      index.add(id, vector);
      model.add(id, vector);
    }
    ASSERT_EQ(index.size(), model.size());
    if (step % 10 != 0) continue;
    const Vector query = source.next();
    for (const float threshold : {-1.0F, 0.3F, 0.8F}) {
      model.expect_answer(index.within(query, threshold, 7), query, threshold, 7);
      model.expect_answer(index.within_exact(query, threshold, 1'000), query, threshold, 1'000);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(VectorIndexTest, FindsWhatAScanFindsBeyondTheBruteForceLimit) {
  constexpr std::size_t kDimension = 24;
  VectorSource source(kDimension, 500, 2);
  VectorIndex index = large_index(source, kDimension);
  std::size_t expected = 0;
  std::size_t missed = 0;
  auto compare = [&](float threshold, std::size_t limit) {
    const Vector query = source.next();
    const auto exact = ids_of(index.within_exact(query, threshold, limit));
    auto found = ids_of(index.within(query, threshold, limit));
    ASSERT_LE(found.size(), limit);
    std::sort(found.begin(), found.end());
    expected += exact.size();
    for (const std::int64_t id : exact) missed += !std::binary_search(found.begin(), found.end(), id);
  };
  for (int step = 0; step < 20'000; ++step) {  // replacing, removing and adding while it is asked
    const auto id = static_cast<std::int64_t>(source.below(VectorIndex::kBruteForceLimit + 6'000));
    if (source.below(4) == 0) {
      index.remove(id);
    } else {
      index.add(id, source.next());
    }
    if (step % 100 != 0) continue;
    compare(0.9F, 30);
    compare(0.8F, 100'000);
    compare(0.0F, 10);
  }
  EXPECT_GT(expected, 1'000U);
  EXPECT_LE(missed, expected / 100) << "of " << expected;
}

TEST(VectorIndexTest, ReportsExactSimilaritiesBestFirst) {
  constexpr std::size_t kDimension = 24;
  VectorSource source(kDimension, 500, 3);
  const VectorIndex index = large_index(source, kDimension);
  const Vector query = source.next();
  const auto found = index.within(query, 0.5F, 1'000);
  const auto exact = index.within_exact(query, 0.5F, 100'000);
  ASSERT_FALSE(found.empty());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0) {
      EXPECT_GE(found[i - 1].similarity, found[i].similarity);
    }
    const auto same_id = std::find_if(exact.begin(), exact.end(), [&](const Neighbour& n) { return n.id == found[i].id; });
    ASSERT_NE(same_id, exact.end());
    EXPECT_EQ(same_id->similarity, found[i].similarity);
  }
}

TEST(VectorIndexTest, RemovingAlmostEverythingLeavesTheRest) {
  constexpr std::size_t kDimension = 8;
  VectorSource source(kDimension, 50, 4);
  VectorIndex index(kDimension);
  Model model;
  const auto count = static_cast<std::int64_t>(VectorIndex::kBruteForceLimit + 500);
  for (std::int64_t id = 0; id < count; ++id) {
    const Vector vector = source.next();
    index.add(id, vector);
    if (id % 1'000 == 0) model.add(id, vector);
  }
  for (std::int64_t id = 0; id < count; ++id) {
    if (id % 1'000 != 0) index.remove(id);
  }
  EXPECT_EQ(index.size(), model.size());
  const Vector query = source.next();
  model.expect_answer(index.within(query, -1, 1'000), query, -1, 1'000);
}

TEST(VectorIndexTest, FindsManyEqualVectors) {
  VectorIndex index(4);
  const Vector vector = {1, 0, 0, 0};
  const auto count = static_cast<std::int64_t>(VectorIndex::kBruteForceLimit + 3'000);
  for (std::int64_t id = 0; id < count; ++id) index.add(id, vector);
  EXPECT_EQ(index.within(vector, 0.9F, 30).size(), 30U);
  EXPECT_EQ(index.within(vector, 0.9F, 100'000).size(), static_cast<std::size_t>(count));
}

TEST(VectorIndexTest, AnEmptyIndexFindsNothing) {
  VectorIndex index(4);
  index.remove(7);
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index.within(Vector{1, 0, 0, 0}, -1, 10).empty());
}

TEST(VectorIndexTest, ALimitOfZeroFindsNothing) {
  VectorIndex index(4);
  index.add(1, Vector{1, 0, 0, 0});
  EXPECT_TRUE(index.within(Vector{1, 0, 0, 0}, -1, 0).empty());
}

TEST(VectorIndexTest, RefusesVectorsThatAreNotUnitVectorsOfItsDimension) {
  VectorIndex index(2);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Vector& bad : {Vector{1}, Vector{1, 0, 0}, Vector{0, 0}, Vector{1, 1}, Vector{nan, 0}, Vector{}}) {
    EXPECT_THROW(index.add(1, bad), Error);
  }
  EXPECT_THROW((void)index.within(Vector{1}, 0, 1), Error);
  EXPECT_TRUE(index.within(Vector{nan, nan}, -1, 1).empty());
  EXPECT_EQ(index.size(), 0U);
}

TEST(VectorIndexTest, ASavedIndexAnswersTheSameAndCanBeChanged) {
  constexpr std::size_t kDimension = 12;
  const ScratchFolder folder;
  VectorSource source(kDimension, 100, 5);
  VectorIndex index = large_index(source, kDimension);
  index.save(folder / "index", 41);
  index.save(folder / "index", 42);
  auto loaded = VectorIndex::load(folder / "index", kDimension);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->watermark, 42);
  EXPECT_EQ(loaded->index.size(), index.size());
  for (int i = 0; i < 50; ++i) {
    const Vector query = source.next();
    EXPECT_TRUE(same(loaded->index.within(query, 0.8F, 50), index.within(query, 0.8F, 50)));
  }
  for (std::int64_t id = 0; id < 3'000; ++id) {
    const Vector vector = source.next();
    loaded->index.add(id, vector);
    index.add(id, vector);
  }
  const Vector query = source.next();
  EXPECT_TRUE(same(loaded->index.within_exact(query, 0.8F, 500), index.within_exact(query, 0.8F, 500)));
  EXPECT_FALSE(loaded->index.within(query, 0.5F, 50).empty());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "a temporary file was left";
}

TEST(VectorIndexTest, AnEmptyIndexCanBeSaved) {
  const ScratchFolder folder;
  VectorIndex(3).save(folder / "index", -7);
  const auto loaded = VectorIndex::load(folder / "index", 3);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->watermark, -7);
  EXPECT_EQ(loaded->index.size(), 0U);
}

TEST(VectorIndexTest, AMissingFileOrAnotherDimensionIsNotLoaded) {
  const ScratchFolder folder;
  EXPECT_FALSE(VectorIndex::load(folder / "none", 3));
  EXPECT_FALSE(VectorIndex::load(folder.path(), 3));
  VectorIndex(3).save(folder / "index", 0);
  EXPECT_FALSE(VectorIndex::load(folder / "index", 4));
}

TEST(VectorIndexTest, SavingWhereItCannotIsAnIoErrorAndKeepsTheOldFile) {
  const ScratchFolder folder;
  try {
    VectorIndex(3).save(folder / "no" / "index", 0);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
  }
}

TEST(VectorIndexTest, AFileCutAnywhereIsNotLoaded) {
  const ScratchFolder folder;
  VectorSource source(4, 3, 6);
  VectorIndex index(4);
  for (std::int64_t id = 0; id < 20; ++id) index.add(id, source.next());
  index.save(folder / "index", 9);
  const std::string whole = read_file(folder / "index");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(folder / "cut", whole.substr(0, size));
    ASSERT_FALSE(VectorIndex::load(folder / "cut", 4)) << size;
  }
  write_file(folder / "longer", whole + '\0');
  EXPECT_FALSE(VectorIndex::load(folder / "longer", 4));
}

TEST(VectorIndexTest, AFileWithAnyFlippedBitIsNotLoaded) {
  const ScratchFolder folder;
  VectorSource source(4, 3, 7);
  VectorIndex index(4);
  for (std::int64_t id = 0; id < 5; ++id) index.add(id, source.next());
  index.save(folder / "index", 9);
  const std::string whole = read_file(folder / "index");
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    write_file(folder / "damaged", damaged);
    ASSERT_FALSE(VectorIndex::load(folder / "damaged", 4)) << bit;
  }
}

TEST(VectorIndexTest, ADamagedGraphIsNotLoaded) {
  const ScratchFolder folder;
  VectorSource source(4, 30, 8);
  large_index(source, 4).save(folder / "index", 9);
  const std::string whole = read_file(folder / "index");
  for (int i = 0; i < 60; ++i) {
    std::string damaged = whole;
    const std::size_t at = source.below(whole.size());
    damaged[at] = static_cast<char>(~damaged[at]);
    write_file(folder / "damaged", damaged);
    ASSERT_FALSE(VectorIndex::load(folder / "damaged", 4)) << at;
    write_file(folder / "damaged", whole.substr(0, at));
    ASSERT_FALSE(VectorIndex::load(folder / "damaged", 4)) << at;
  }
}

}  // namespace
}  // namespace memllm
