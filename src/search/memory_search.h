// Sentences and facts together, best first.
#pragma once

#include <string>
#include <vector>

#include "memllm/search.h"
#include "search/sentence_search.h"

namespace memllm {

// Contract of Memory::find. Throws kInvalidArgument: a blank text.
std::vector<SearchHit> search_memory(const Store& store, const SentenceSearch& sentences, const std::string& text,
                                     const SearchOptions& options);

}  // namespace memllm
