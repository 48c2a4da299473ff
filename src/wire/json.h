// The public values as JSON (docs/json.md): always valid UTF-8.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "memllm/completion.h"
#include "memllm/document.h"
#include "memllm/fact.h"
#include "memllm/query.h"
#include "memllm/search.h"
#include "memllm/sentence.h"

namespace memllm {

using Json = nlohmann::ordered_json;

Json json_of(const Span& span);  // [begin, end]
Json json_of(const Source& source);
Json json_of(const Fact& fact);
Json json_of(const std::vector<Fact>& facts);
Json json_of(const Event& event);
Json json_of(const Query& query);
Json json_of(const QueryResult& result);
Json json_of(const CallTrace& call);
Json json_of(const Sentence& sentence);
Json json_of(const SearchHit& hit);
Json json_of(const DocumentInfo& document);
Json json_of(const LearnedFact& fact);
Json json_of(const DocumentReport& report);

// Indented by two spaces; bytes that are not UTF-8 become U+FFFD.
std::string dump(const Json& json);

}  // namespace memllm
