// How much of an exact search the approximate one finds among 100,000 names, and how fast. Slow: minutes.
// MEMLLM_EMBEDDER (an embedding model, GGUF) and MEMLLM_NAMES (a text file, one name a line) make it use real names' vectors, of names that
// are recombined from the words of those; without both, clustered random vectors stand in.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "embed/llama_embedder.h"
#include "vectors/vector_index.h"

namespace memllm {
namespace {

constexpr std::size_t kNames = 100'000;
constexpr std::size_t kQueries = 200;

struct Rows {
  std::size_t dimension = 0;
  std::vector<float> values;

  std::size_t size() const { return values.size() / dimension; }
  std::span<const float> row(std::size_t i) const { return std::span(values).subspan(i * dimension, dimension); }
};

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The first word or words of one name with the last of another: "Ada Einstein", "University of Lovelace".
std::vector<std::string> recombined_names(const std::filesystem::path& file, std::size_t count, std::mt19937& random) {
  std::set<std::string> heads;
  std::set<std::string> tails;
  std::set<std::string> names;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    names.insert(line);
    const std::size_t space = line.rfind(' ');
    if (space == std::string::npos) continue;
    heads.insert(line.substr(0, space));
    tails.insert(line.substr(space + 1));
  }
  const std::vector<std::string> head(heads.begin(), heads.end());
  const std::vector<std::string> tail(tails.begin(), tails.end());
  if (head.size() * tail.size() < 4 * count) throw std::runtime_error(file.string() + " has too few names of several words");
  while (names.size() < count) names.insert(head[random() % head.size()] + " " + tail[random() % tail.size()]);
  std::vector<std::string> result(names.begin(), names.end());
  std::shuffle(result.begin(), result.end(), random);
  return result;
}

Rows real_rows(const char* embedder_file, const char* names_file, std::size_t count) {
  std::mt19937 random(7);
  LlamaEmbedder embedder(embedder_file);
  return {embedder.dimension(), embedder.embed(recombined_names(names_file, count, random))};
}

// Clusters of clusters: centres share a direction, as all names do a little.
Rows random_rows(std::size_t count) {
  Rows rows{384, {}};
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> centres(2'000, std::vector<float>(rows.dimension));
  std::vector<float> common(rows.dimension);
  for (float& x : common) x = normal(random);
  for (auto& centre : centres) {
    for (std::size_t j = 0; j < rows.dimension; ++j) centre[j] = 0.3F * common[j] + normal(random);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<float>& centre = centres[random() % centres.size()];
    std::vector<float> vector(rows.dimension);
    double square = 0;
    for (std::size_t j = 0; j < rows.dimension; ++j) {
      vector[j] = centre[j] + 0.6F * normal(random);
      square += static_cast<double>(vector[j]) * vector[j];
    }
    for (const float x : vector) rows.values.push_back(static_cast<float>(x / std::sqrt(square)));
  }
  return rows;
}

struct Measurement {
  std::size_t expected = 0;
  std::size_t found = 0;
  double exact_seconds = 0;
  double seconds = 0;

  double recall() const { return expected == 0 ? 1 : static_cast<double>(found) / static_cast<double>(expected); }
};

Measurement measure(const VectorIndex& index, const Rows& queries, std::size_t first_query, float threshold, std::size_t limit) {
  Measurement result;
  for (std::size_t i = first_query; i < queries.size(); ++i) {
    std::vector<Neighbour> exact;
    std::vector<Neighbour> near;
    result.exact_seconds += seconds_of([&] { exact = index.within_exact(queries.row(i), threshold, limit); });
    result.seconds += seconds_of([&] { near = index.within(queries.row(i), threshold, limit); });
    std::set<std::int64_t> ids;
    for (const Neighbour& neighbour : near) ids.insert(neighbour.id);
    for (const Neighbour& neighbour : exact) result.found += ids.count(neighbour.id);
    result.expected += exact.size();
  }
  return result;
}

class AnnRecallTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* embedder = std::getenv("MEMLLM_EMBEDDER");
    const char* names = std::getenv("MEMLLM_NAMES");
    rows_ =
        new Rows(embedder != nullptr && names != nullptr ? real_rows(embedder, names, kNames + kQueries) : random_rows(kNames + kQueries));
    index_ = new VectorIndex(rows_->dimension);
    const double seconds = seconds_of([] {
      for (std::size_t i = 0; i < kNames; ++i) index_->add(static_cast<std::int64_t>(i), rows_->row(i));
    });
    std::printf("built %zu vectors in %.1f s (%.0f/s)\n", kNames, seconds, kNames / seconds);
  }
  static void TearDownTestSuite() {
    delete index_;
    delete rows_;
  }
  static void expect_recall(const VectorIndex& index) {
    for (const auto& [threshold, limit] : std::vector<std::pair<float, std::size_t>>{{0.80F, 30}, {0.7F, 200}, {-1.0F, 30}}) {
      const Measurement result = measure(index, *rows_, kNames, threshold, limit);
      std::printf("threshold %5.2f limit %3zu: recall %.4f of %zu, %.2f ms a query (exact scan %.2f ms)\n", threshold, limit,
                  result.recall(), result.expected, 1e3 * result.seconds / kQueries, 1e3 * result.exact_seconds / kQueries);
      EXPECT_GE(result.recall(), 0.99) << "threshold " << threshold << " limit " << limit;
    }
  }

  static Rows* rows_;
  static VectorIndex* index_;
};

Rows* AnnRecallTest::rows_ = nullptr;
VectorIndex* AnnRecallTest::index_ = nullptr;

TEST_F(AnnRecallTest, FindsNinetyNineOfAHundred) { expect_recall(*index_); }

TEST_F(AnnRecallTest, ALoadedIndexFindsAsMuch) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder / "index";
  const double save_seconds = seconds_of([&] { index_->save(file, 1); });
  std::optional<VectorIndex::Loaded> loaded;
  const double load_seconds = seconds_of([&] { loaded = VectorIndex::load(file, rows_->dimension); });
  std::printf("saved %.1f MB in %.2f s, loaded in %.2f s\n", static_cast<double>(std::filesystem::file_size(file)) / 1e6, save_seconds,
              load_seconds);
  ASSERT_TRUE(loaded);
  expect_recall(loaded->index);
}

// Last: it changes the index.
TEST_F(AnnRecallTest, StillDoesAfterReplacingAndRemovingAQuarter) {
  for (std::size_t i = 0; i < kNames; i += 4) {
    index_->remove(static_cast<std::int64_t>(i));
    if (i % 8 == 0) index_->add(static_cast<std::int64_t>(i), rows_->row((i + 1) % kNames));
  }
  expect_recall(*index_);
}

}  // namespace
}  // namespace memllm
