// Checks a LoRA file before llama.cpp sees it. Private to this room.
#pragma once

#include <filesystem>
#include <string>

#include "llm/llama_handles.h"

namespace memllm {

// Throws kNotFound (no file) or kModel when the file is not a LoRA adapter for this model: another architecture, trained for another base
// model (key memllm.base_model, the fingerprint of the GGUF it was trained on, or whose weights the model has: widened_model.h), or a LoRA
// on the token embedding, on which llama.cpp aborts.
void check_adapter(const std::filesystem::path& adapter, const llama_model& model, const std::string& fingerprint);

// A string of the model's metadata; "" if it is missing.
std::string model_metadata(const llama_model& model, const char* key);

}  // namespace memllm
