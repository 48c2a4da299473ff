// Facts that follow from others by rules about relations (docs/decisions/007-inference.md). Nothing inferred is stored: a query infers what
// it needs from what is believed when it is asked, so that a correction counts at once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "language/relation_rules.h"
#include "memllm/fact.h"
#include "memllm/query.h"
#include "store/store.h"

namespace memllm {

struct InferredTriple {
  Triple triple;                      // relation as in the rule
  std::vector<std::size_t> premises;  // numbers of the given triples that it follows from, in the order of the steps from its subject
  double confidence = 1;              // product of the rules'
  bool restated = false;              // the same fact said the other way round, by inverses alone
};

// What follows from the triples in two rounds and is not one of them, each by one derivation: that of the earlier round, then the restated
// one, then the more confident. Names are compared as Name does. A triple that is not merely restated is left out where the given
// ones state another object for its subject and relation: what was read or corrected counts more than what can be concluded. Nothing has
// its subject as object.
std::vector<InferredTriple> infer(std::span<const Triple> triples, const RelationRules& rules);

// A store that is asked with what follows from its facts. Thread rule: the store's.
class InferringStore {
 public:
  // Both must outlive the object.
  InferringStore(const Store& store, const RelationRules& rules) : store_(&store), rules_(&rules) {}

  const Store& store() const { return *store_; }

  // Store::query, with what can be inferred of the entity, if options.infer: an inferred match follows the stored ones with the same
  // score, an answer that is stored is not inferred again, and beside stored ones only as many are inferred as max_results leaves room for
  // (alone, more are too broad). Only names that the store knows (has_entity) have inferred facts, and the relation must be the rule's.
  QueryResult query(const Query& query, const QueryOptions& options) const;
  // Store::queries_about, with the queries that have only inferred answers, if options.infer.
  std::vector<Query> queries_about(const std::string& entity, const QueryOptions& options) const;

 private:
  const Store* store_;
  const RelationRules* rules_;
};

}  // namespace memllm
