// llama.cpp behind LanguageModel.
#pragma once

#include <filesystem>
#include <memory>

#include "llm/language_model.h"
#include "memllm/options.h"

namespace memllm {

struct LlamaModelOptions {
  std::filesystem::path model;  // GGUF
  // 0: as many as cores. llama.cpp's waiting threads spin: where other work shares the cores, start the program with
  // OMP_WAIT_POLICY=passive (measured on 2 cores at a load of 14: 45 ms a token, against 1,900 ms without) or set 1.
  int threads = 0;
  int gpu_layers = 0;
  Logger logger;
};

// Throws kNotFound (no file), kModel (not a GGUF, unknown architecture, adapter does not fit). Models with sliding windows keep the full
// cache (swa_full), so that truncate is exact.
std::shared_ptr<LanguageModel> load_llama_model(const LlamaModelOptions& options);

}  // namespace memllm
