// A trained adapter as llama.cpp loads it (docs/formats.md).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train/transformer.h"

namespace memllm {

// Writes <name>.lora_a and .lora_b in 16-bit floats, alpha, and metadata as extra string keys ("memllm.task" → "write", …). Written beside
// the target and renamed, so that a reader never sees half a file. Throws kIo.
void write_adapter(const std::filesystem::path& file, const TransformerConfig& config, const LoraOptions& lora,
                   const std::vector<LoraProjection*>& projections, const std::map<std::string, std::string>& metadata);

// Loads the update back into projections of the same base model. Throws kModel when names, shapes or rank differ.
void read_adapter(const std::filesystem::path& file, const std::vector<LoraProjection*>& projections);

}  // namespace memllm
