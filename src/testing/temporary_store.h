// What the store's tests share: a folder that goes away, a clock that ticks, an embedder of letter triples.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/name.h"
#include "memllm/error.h"
#include "store/store.h"
#include "testing/test_clock.h"

namespace memllm {

class TestFolder {
 public:
  TestFolder() {
    static std::atomic<int> number = 0;
    // Thousands of durable commits: in memory where there is a file system for it.
    const std::filesystem::path memory = "/dev/shm";
    const std::filesystem::path base = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    path_ = base / ("memllm-store-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
    std::filesystem::remove_all(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Names that share letter triples are near. count: how many texts were embedded.
inline NameEmbedding triple_embedding(std::size_t* count = nullptr, const std::string& fingerprint = "triples") {
  constexpr std::size_t kDimension = 128;
  return {fingerprint, kDimension, [count](std::span<const std::string> texts) {
            std::vector<float> vectors;
            for (const std::string& text : texts) {
              if (count != nullptr) ++*count;
              std::vector<float> vector(kDimension, 0.0F);
              const std::string padded = "  " + normalised(text) + "  ";
              for (std::size_t i = 0; i + 3 <= padded.size(); ++i) vector[std::hash<std::string>{}(padded.substr(i, 3)) % kDimension] += 1;
              double norm = 0;
              for (const float value : vector) norm += static_cast<double>(value) * value;
              for (const float value : vector) vectors.push_back(static_cast<float>(value / std::sqrt(norm)));
            }
            return vectors;
          }};
}

class StoreTest : public testing::Test {
 protected:
  StoreOptions options() { return options_in(folder_); }
  StoreOptions options_in(const TestFolder& folder) {
    StoreOptions options;
    options.folder = folder.path();
    options.clock = [this] { return clock_.now(); };
    return options;
  }
  StoreOptions options_with_vectors() {
    StoreOptions options = this->options();
    options.embedding = triple_embedding(&embedded_);
    return options;
  }

  TestFolder folder_;
  TestClock clock_;
  std::size_t embedded_ = 0;
};

inline Statement stated(const std::string& subject, const std::string& relation, const std::string& object,
                        const std::string& author = "user") {
  Statement statement;
  statement.triple = {subject, relation, object};
  statement.source.author = author;
  return statement;
}

inline FactId add(Store& store, const Statement& statement) { return store.add(std::span(&statement, 1)).front(); }

inline FactId add(Store& store, const std::string& subject, const std::string& relation, const std::string& object) {
  return add(store, stated(subject, relation, object));
}

inline Query asks_object(const std::string& subject, const std::string& relation) { return {subject, relation, std::nullopt}; }
inline Query asks_subject(const std::string& relation, const std::string& object) { return {std::nullopt, relation, object}; }

inline std::vector<std::string> answers(const QueryResult& result) {
  std::vector<std::string> answers;
  for (const QueryMatch& match : result.matches) answers.push_back(match.answer);
  return answers;
}

template <typename Call>
ErrorKind kind_of_failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing failed";
  return ErrorKind::kInternal;
}

}  // namespace memllm
