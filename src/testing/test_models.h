// Models for the tests of this folder.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "llm/llama_model.h"
#include "testing/scripted_model.h"

namespace memllm {

// The model file named by the environment's MEMLLM_MODEL, loaded once; null if it is not set.
inline std::shared_ptr<LanguageModel> model_of_environment() {
  static const std::shared_ptr<LanguageModel> model = []() -> std::shared_ptr<LanguageModel> {
    const char* file = std::getenv("MEMLLM_MODEL");
    if (file == nullptr || *file == '\0') return nullptr;
    LlamaModelOptions options;
    options.model = file;
    return load_llama_model(options);
  }();
  return model;
}

// A scripted model, and the environment's one if there is one.
inline std::vector<std::shared_ptr<LanguageModel>> test_models() {
  std::vector<std::shared_ptr<LanguageModel>> models = {
      std::make_shared<ScriptedModel>([](const std::string&, const std::string&) { return std::vector<std::string>{}; })};
  if (auto model = model_of_environment()) models.push_back(model);
  return models;
}

}  // namespace memllm
