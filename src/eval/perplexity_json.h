// A document's losses and counts as JSON, for RunLog.
#pragma once

#include <nlohmann/json.hpp>

#include "eval/perplexity.h"

namespace memllm {

// Means as [sum, count], with every bit.
nlohmann::ordered_json perplexity_json(const PerplexityResult& result);
// Throws kInvalidArgument when something is missing.
PerplexityResult perplexity_of_json(const nlohmann::ordered_json& json);

}  // namespace memllm
