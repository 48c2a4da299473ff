// A copy of a model with 16-bit weights.
#pragma once

#include <filesystem>

#include "memllm/options.h"

namespace memllm {

// Its metadata key: the fingerprint of the model whose weights these are, whose adapters fit it too.
inline constexpr char kWeightsOf[] = "memllm.weights_of";

// The same weights as 16-bit floats. For quantised weights activations are rounded to 8 bits, so that another shape of batch leads to other
// texts; with these the results of a batch and of one at a time agree but for the nearest ties (docs/decisions/003-llama-cpp.md). The file
// appears when it is complete. Throws kNotFound, kConflict (out exists), kModel, kIo.
void write_widened_model(const std::filesystem::path& model, const std::filesystem::path& out, const Logger& logger);

}  // namespace memllm
