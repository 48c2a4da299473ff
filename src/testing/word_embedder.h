// An embedder for tests: texts with words in common are near each other.
#pragma once

#include <cctype>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "embed/embedder.h"

namespace memllm {

// Words on the axes of a space.
class WordEmbedder final : public Embedder {
 public:
  static constexpr std::size_t kDimension = 1'024;
  std::size_t dimension() const override { return kDimension; }
  std::string fingerprint() const override { return "words"; }
  std::vector<float> embed(std::span<const std::string> texts) override {
    embedded += texts.size();
    std::vector<float> vectors;
    for (const std::string& text : texts) {
      std::vector<float> vector(kDimension, 0.0F);
      std::string word;
      for (const char c : text + " ") {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
          word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else if (!word.empty()) {
          vector[std::hash<std::string>{}(word) % kDimension] += 1;
          word.clear();
        }
      }
      float norm = 0;
      for (const float x : vector) norm += x * x;
      if (norm == 0) vector[0] = norm = 1;
      for (const float x : vector) vectors.push_back(x / std::sqrt(norm));
    }
    return vectors;
  }

  std::size_t embedded = 0;  // texts so far
};

}  // namespace memllm
