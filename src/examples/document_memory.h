// A document's own labels as a memory that answers queries: what a perfect (or, with drop, an imperfect) write of the document would give.
#pragma once

#include <cstdint>

#include "documents/docred.h"
#include "read/reader.h"

namespace memllm {

struct DocumentMemoryOptions {
  double drop = 0;  // share of the labels that are missing, chosen by seed and title
  std::uint64_t seed = 1;
  int max_results = 30;  // more distinct answers are "too broad"
};

// Answers as a Memory that holds the labels under the entities' first names with every other mention's name as an alias: names match
// exactly after normalisation, no vectors. Ids are the labels' numbers plus 1. The function owns its data.
QueryFunction document_query(const DocRedDocument& document, const DocumentMemoryOptions& options = {});

}  // namespace memllm
