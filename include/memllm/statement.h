// What is said to a memory.
#pragma once

#include <optional>

#include "memllm/fact.h"

namespace memllm {

// A statement to be stored. Every string must be valid UTF-8; names not blank, ≤ 1,000 bytes; names and the document's without control
// characters.
struct Statement {
  Triple triple;
  Source source;  // asserted_at is filled in by the store when empty
  std::optional<Timestamp> valid_from;
  std::optional<Timestamp> valid_to;
  bool quarantined = false;  // for review: a new fact is stored but not believed; to an equal fact it is one more source
  std::string doubt;         // of what is quarantined: why, in words; becomes Fact::retraction_reason
};

// Whether a new value that is stated by hand replaces the old one (functional) or stands beside it (multi-valued). What documents say
// always stands beside it.
enum class RelationPolicy { kMultiValued, kFunctional };

// What forgetting an entity takes with it: names that hold its name as whole words ("Ada Quill's diary" with "Ada Quill"), or only its own.
enum class ForgetNames { kContaining, kExact };

}  // namespace memllm
