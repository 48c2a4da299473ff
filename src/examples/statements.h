// Short texts with the facts that they state: more of what the write model learns from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "documents/docred.h"
#include "language/language.h"
#include "memllm/fact.h"

namespace memllm {

// One sentence for the writer, whatever its punctuation.
struct StatedFacts {
  std::string text;
  std::vector<Triple> facts;
};

// JSON Lines, {"text": "…", "facts": [["subject", "relation", "object"], …]}. Throws kNotFound, kIo, kInvalidArgument with the line's
// number: no such object, or a subject or object that does not stand in the text.
std::vector<StatedFacts> read_statements(const std::filesystem::path& file);

// At most count of a document's labels as questions with their answers, in the wordings of the language pack's wordings.tsv: "Who founded
// Norvane? It is or they are Ada Quill". Chosen by seed and title.
std::vector<StatedFacts> question_statements(const DocRedDocument& document, const Language& language, std::size_t count,
                                             std::uint64_t seed);

}  // namespace memllm
