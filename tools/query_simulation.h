// Queries to a memory that holds half the documents, with every candidate's similarities: any thresholds can then be tried at once.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "calibration_corpus.h"
#include "memllm/query.h"

namespace memllm {

struct NameVectors {
  std::size_t dimension = 0;
  std::vector<float> values;
  float similarity(std::size_t a, const NameVectors& other, std::size_t b) const;
};

struct QueryCandidate {
  float entity = 0, relation = 0;  // similarities
  bool is_right = false;
};

// Which names of a query the memory knows as they are written. The last two have no right answer.
enum class QueryClass { kAliasEntity, kOtherRelation, kBoth, kAbsentRelation, kAbsentEntity };
inline constexpr std::array<std::string_view, 5> kQueryClassNames = {
    "alias, relation as stored", "name as stored, paraphrased relation", "alias, paraphrased relation",
    "name as stored, relation not known of it", "entity not in the memory"};

struct SimulatedQuery {
  QueryClass kind = QueryClass::kAliasEntity;
  std::vector<QueryCandidate> candidates;  // (entity, relation) pairs of the memory, similarities ≥ kMinSimilarity
};

// Means over queries of one class.
struct QueryQuality {
  std::size_t queries = 0;
  std::size_t answered_right = 0;    // the right pair was admitted
  std::size_t answered_wrong = 0;    // some wrong pair was admitted
  std::size_t right = 0, wrong = 0;  // pairs admitted
};

// Whether "1998" may be taken for "1999".
enum class DigitRule { kIgnore, kMustAgree };

class QuerySimulation {
 public:
  static constexpr float kMinSimilarity = 0.55F;

  QuerySimulation(const CalibrationCorpus& corpus, const NameVectors& names, const NameVectors& relations, DigitRule rule);

  QueryQuality quality(QueryClass kind, const QueryThresholds& thresholds) const;

 private:
  std::vector<SimulatedQuery> queries_;
};

}  // namespace memllm
