// What the memory knows while a document is evaluated.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "documents/docred.h"
#include "eval/writing.h"
#include "examples/document_memory.h"
#include "memllm/memory.h"
#include "memllm/options.h"
#include "read/reader.h"

namespace memllm {

// The memory for one document: called once a document, before anything is asked.
using DocumentMemory = std::function<MemoryView(const DocRedDocument&)>;

// Each document's own labels, names matched exactly or by alias (document_query).
DocumentMemory gold_memory(const DocumentMemoryOptions& options = {});

// Facts and aliases (entity, alias) of a document, to be put into a memory.
struct DocumentFacts {
  std::vector<Triple> triples;
  std::vector<std::pair<std::string, std::string>> aliases;
};
using FactsOf = std::function<DocumentFacts(const DocRedDocument&)>;
DocumentFacts gold_facts(const DocRedDocument& document);
// What is known of all the documents. A name that they use for different entities is no alias.
DocumentFacts facts_of_all(const FactsOf& facts, std::span<const DocRedDocument> documents);
void add_facts(Memory& memory, const DocumentFacts& facts);
// What the model writes of the document; a text is written once and remembered.
FactsOf written_facts(WritingParts parts, const WriteOptions& options, std::size_t context_tokens = 2048);
// The same as a log of `memllm eval writing --details` has them, by the documents' titles. Throws kNotFound (no file; later: a document
// that is not in it), kInvalidArgument.
FactsOf logged_facts(const std::filesystem::path& log);

// A real Memory in a temporary folder that lives as long as the function, one name space a document, so that no document sees another's
// facts. options: embedder and thresholds are used; folder and name space are not. Without an embedder names match exactly. The thread rule
// of Memory holds. Throws as Memory::open.
DocumentMemory scratch_memory(FactsOf facts, const MemoryOptions& options);

// The same, but one memory that holds what is known of all the documents, whichever is asked about; it is filled when the first is
// (facts_of_all). The documents must outlive the function.
DocumentMemory common_memory(FactsOf facts, std::span<const DocRedDocument> documents, const MemoryOptions& options);

}  // namespace memllm
