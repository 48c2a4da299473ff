// What a memory can be asked about a text.
#pragma once

#include <string>
#include <vector>

#include "infer/inference.h"
#include "language/words.h"
#include "memllm/query.h"

namespace memllm {

// Every query that has an answer about the names that the text mentions, as mentioned there: the memory's own names and aliases, and,
// where the store has vectors, the last few capitalised runs of words that are near a name. Later mentions come first; none twice.
std::vector<Query> answerable_queries(const InferringStore& store, const Words& language, const std::string& text,
                                      const QueryOptions& options);

}  // namespace memllm
