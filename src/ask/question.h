// What a question in words is about, by the memory's own names.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "embed/embed_function.h"
#include "language/words.h"
#include "memllm/fact.h"
#include "memllm/query.h"
#include "store/store.h"

namespace memllm {

struct AskedEntity {
  std::string mention;  // as the question has it
  std::string name;     // a name of it in the memory
};

// The memory's entities that the question mentions, in the question's order, longest mentions first tried and none inside another: by name
// or alias, or, where none is there word for word, by one that is the same but for accents. REQUIRES: valid UTF-8 on one line.
std::vector<AskedEntity> entities_in_question(const Store& store, const Words& language, const std::string& question);

// Entities that capitalised runs of words in the question may stand for although they are no names of theirs: near_name, or one whose
// vector has at least min_similarity to the run's and the same numbers, of which the memory had facts at as_of (empty: has now). Whoever
// takes them must say so.
std::vector<AskedEntity> near_entities(const Store& store, const Words& language, const std::string& question, const EmbedFunction& embed,
                                       double min_similarity, const std::optional<Timestamp>& as_of);

// The queries about entity whose relation has most of its words in common with the question's, best first, among the facts that the memory
// has of it. as_of: when it had them; empty: now. (Cannot tell "when" from "who": see Words::fits_question.)
std::vector<Query> queries_by_relation(const Store& store, const Words& language, const std::string& question, const std::string& entity,
                                       const std::optional<Timestamp>& as_of);

}  // namespace memllm
