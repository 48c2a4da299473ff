// The real model of the tests: Gemma 3 270M as GGUF, where MEMLLM_MODEL names the file.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "llm/llama_model.h"

namespace memllm {

// Skips the test when there is no model; otherwise model_ is loaded once for the whole program.
class GemmaTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* file = std::getenv("MEMLLM_MODEL");
    if (file == nullptr || *file == '\0') GTEST_SKIP() << "MEMLLM_MODEL does not name a Gemma 3 270M GGUF";
    static const std::shared_ptr<LanguageModel> model = load_llama_model({.model = file, .threads = 0, .gpu_layers = 0, .logger = {}});
    model_ = model;
  }

  std::vector<Token> with_bos(std::string_view text) const {
    std::vector<Token> tokens{model_->bos()};
    for (const Token token : model_->tokenize(text)) tokens.push_back(token);
    return tokens;
  }

  std::shared_ptr<LanguageModel> model_;
};

}  // namespace memllm
