// Questions to the memory: one side of a triple missing (paper §2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "memllm/fact.h"

namespace memllm {

// Exactly one of subject and object is set: (s, t, *) or (*, t, o).
struct Query {
  std::optional<std::string> subject;
  std::string relation;
  std::optional<std::string> object;
  bool operator==(const Query&) const = default;
};

// Cosine similarities in [-1, 1]. A candidate entity (relation) is one whose name has at least entity (relation)
// similarity to the name asked for; a pair is admitted when the mean of both is at least pair. Defaults:
// calibrated for all-MiniLM-L6-v2 on the training documents (docs/thresholds.md).
struct QueryThresholds {
  double entity = 0.80;
  double relation = 0.65;
  double pair = 0.75;
};

struct QueryOptions {
  QueryThresholds thresholds;
  int max_results = 30;            // Q_thr of the paper: more distinct answers mean "too broad"
  std::optional<Timestamp> as_of;  // believe what was believed then; empty: now
  std::string name_space = "default";
  bool infer = true;  // facts that follow from those that are stored count too (docs/decisions/007-inference.md)
};

struct QueryMatch {
  Fact fact;                     // inferred: id 0, without sources
  std::string answer;            // the side that was asked for
  double entity_similarity = 1;  // 1 for an exact name or alias
  double relation_similarity = 1;
  std::vector<Fact> premises;  // inferred: the stored facts that it follows from; empty: the fact is stored
  double confidence = 1;       // inferred: of the rules that it follows by, in (0, 1]
  double score() const { return (entity_similarity + relation_similarity) / 2; }
  // What was read or stated: the fact itself, or its premises.
  std::vector<Fact> stored() const { return premises.empty() ? std::vector<Fact>{fact} : premises; }
};

enum class QueryOutcome { kFound, kEmpty, kTooBroad };

struct QueryResult {
  QueryOutcome outcome = QueryOutcome::kEmpty;
  std::vector<QueryMatch> matches;  // best first; at most max_results also when too broad (then only a sample)
  bool exact = false;               // both names were matched by name or alias, no vector was used
};

}  // namespace memllm
