// Test support: a model of a few thousand weights in the GGUF layout, so that the whole trainer can be checked in float.
#pragma once

#include <filesystem>
#include <string>

namespace memllm::test {

// architecture: "gemma3" or "llama". Two layers, width 16, 2 heads on 1 (gemma3) or 2 (llama) kv heads of width 8, vocabulary 64, random
// float weights. Returns a file that is removed when the process ends.
std::filesystem::path write_tiny_model(const std::string& architecture);

}  // namespace memllm::test
