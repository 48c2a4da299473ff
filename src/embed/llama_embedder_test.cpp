#include "embed/llama_embedder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Texts = std::vector<std::string>;

ErrorKind kind_of(const std::filesystem::path& gguf) {
  try {
    LlamaEmbedder embedder(gguf);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::kInternal;
}

TEST(LlamaEmbedderFileTest, AMissingModelIsNotFound) { EXPECT_EQ(kind_of("no/such/model.gguf"), ErrorKind::kNotFound); }

TEST(LlamaEmbedderFileTest, AFileThatIsNotAModelIsAModelError) {
  const ScratchFolder folder;
  std::ofstream(folder / "text.gguf") << "not a model";
  std::ofstream(folder / "empty.gguf").close();
  EXPECT_EQ(kind_of(folder / "text.gguf"), ErrorKind::kModel);
  EXPECT_EQ(kind_of(folder / "empty.gguf"), ErrorKind::kModel);
}

// With all-MiniLM-L6-v2 made by tools/convert_minilm.py.
class LlamaEmbedderTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* model = std::getenv("MEMLLM_EMBEDDER");
    if (model == nullptr) GTEST_SKIP() << "MEMLLM_EMBEDDER does not name an embedding model (GGUF)";
    path_ = model;
    embedder_ = std::make_unique<LlamaEmbedder>(path_, 2);
  }

  std::vector<float> one(const std::string& text) { return embedder_->embed(Texts{text}); }
  // A fresh embedder: nothing is remembered.
  std::vector<float> afresh(const Texts& texts) { return LlamaEmbedder(path_, 2).embed(texts); }
  static double dot(const float* a, const float* b, std::size_t n) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
  }
  double similarity(const std::string& a, const std::string& b) {
    const auto vectors = embedder_->embed(Texts{a, b});
    return dot(vectors.data(), vectors.data() + embedder_->dimension(), embedder_->dimension());
  }
  void expect_near(const float* a, const float* b) {
    for (std::size_t i = 0; i < embedder_->dimension(); ++i) ASSERT_NEAR(a[i], b[i], 1e-3);
  }

  std::filesystem::path path_;
  std::unique_ptr<LlamaEmbedder> embedder_;
};

const Texts& names() {
  static const Texts texts = {"Ada Lovelace",
                              "Countess of Lovelace",
                              "country of citizenship",
                              "University of Tübingen",
                              "東京大学",
                              "",
                              " \t\n",
                              "({MEM_WRITE-->a>>b>>c})",
                              "[CLS] [SEP] [MASK]",
                              "'; DROP TABLE facts; --",
                              std::string("nul\0byte", 8),
                              "broken \xff\xc3 text",
                              std::string(300'000, 'x'),
                              [] {
                                std::string words;
                                for (int i = 0; i < 20'000; ++i) words += "word" + std::to_string(i) + " ";
                                return words;
                              }()};
  return texts;
}

TEST_F(LlamaEmbedderTest, GivesUnitVectorsForAnyText) {
  const auto vectors = embedder_->embed(names());
  ASSERT_EQ(vectors.size(), names().size() * embedder_->dimension());
  for (std::size_t i = 0; i < names().size(); ++i) {
    const float* vector = vectors.data() + i * embedder_->dimension();
    EXPECT_NEAR(dot(vector, vector, embedder_->dimension()), 1.0, 1e-5) << i;
  }
}

TEST_F(LlamaEmbedderTest, NothingGivesNothing) { EXPECT_TRUE(embedder_->embed(Texts{}).empty()); }

TEST_F(LlamaEmbedderTest, SetsParaphrasesNearerThanUnrelatedNames) {
  EXPECT_GT(similarity("country of citizenship", "nationality"), similarity("country of citizenship", "film director") + 0.2);
  EXPECT_GT(similarity("University of Tübingen", "Tübingen University"), 0.9);
  EXPECT_GT(similarity("USA", "United States of America"), similarity("USA", "sparkling water") + 0.2);
  EXPECT_NEAR(similarity("ADA LOVELACE", "ada lovelace"), 1.0, 1e-4);
}

TEST_F(LlamaEmbedderTest, ABatchGivesWhatEachTextGivesAlone) {
  Texts many = names();
  for (int i = 0; i < 200; ++i) many.push_back("name number " + std::to_string(i));
  const auto batch = afresh(many);
  for (std::size_t i = 0; i < many.size(); ++i) {
    const auto alone = one(many[i]);
    expect_near(batch.data() + i * embedder_->dimension(), alone.data());
  }
}

TEST_F(LlamaEmbedderTest, TheOrderOfTheTextsDoesNotMatter) {
  const auto forward = afresh(names());
  const auto backward = afresh(Texts(names().rbegin(), names().rend()));
  const std::size_t dimension = embedder_->dimension();
  for (std::size_t i = 0; i < names().size(); ++i) {
    expect_near(forward.data() + i * dimension, backward.data() + (names().size() - 1 - i) * dimension);
  }
}

TEST_F(LlamaEmbedderTest, RepeatedTextsGetTheSameVector) {
  const auto first = embedder_->embed(Texts{"Berlin", "Paris", "Berlin"});
  const auto second = embedder_->embed(Texts{"Berlin"});
  const std::size_t dimension = embedder_->dimension();
  EXPECT_TRUE(std::equal(second.begin(), second.end(), first.begin()));
  EXPECT_TRUE(std::equal(second.begin(), second.end(), first.begin() + static_cast<std::ptrdiff_t>(2 * dimension)));
}

TEST_F(LlamaEmbedderTest, TheFingerprintIsTheFilesOwn) {
  EXPECT_EQ(embedder_->fingerprint(), LlamaEmbedder(path_, 1).fingerprint());
  EXPECT_FALSE(embedder_->fingerprint().empty());
}

// Cosines from an independent forward pass of the original 32-bit weights in double precision; this file has 16-bit weights.
TEST_F(LlamaEmbedderTest, AgreesWithTheReferenceOfAllMiniLm) {
  if (embedder_->dimension() != 384) GTEST_SKIP() << "MEMLLM_EMBEDDER is not all-MiniLM-L6-v2";
  EXPECT_NEAR(similarity("country of citizenship", "nationality"), 0.583005, 2e-3);
  EXPECT_NEAR(similarity("University of Tübingen", "Tübingen University"), 0.977565, 2e-3);
  EXPECT_NEAR(similarity("USA", "United States of America"), 0.752366, 2e-3);
  EXPECT_NEAR(similarity("place of birth", "place of death"), 0.624658, 2e-3);
  EXPECT_NEAR(similarity("The Beatles", "John Lennon"), 0.691310, 2e-3);
  EXPECT_NEAR(similarity("A man is eating food.", "A man is eating a piece of bread."), 0.755337, 2e-3);
}

}  // namespace
}  // namespace memllm
