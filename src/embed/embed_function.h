// Texts to vectors, as a function: what those need that only compare texts.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace memllm {

// Texts to unit vectors, row-major; empty: no vectors.
using EmbedFunction = std::function<std::vector<float>(std::span<const std::string>)>;

}  // namespace memllm
