// Owners of llama.cpp's C handles. Private to this room.
#pragma once

#include <llama.h>

#include <memory>

namespace memllm {

struct LlamaDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
  void operator()(llama_context* context) const { llama_free(context); }
  void operator()(llama_adapter_lora* adapter) const { llama_adapter_lora_free(adapter); }
  void operator()(gguf_context* gguf) const { gguf_free(gguf); }
};

using LlamaContextPtr = std::unique_ptr<llama_context, LlamaDeleter>;
using LlamaAdapterPtr = std::unique_ptr<llama_adapter_lora, LlamaDeleter>;
using GgufPtr = std::unique_ptr<gguf_context, LlamaDeleter>;

}  // namespace memllm
