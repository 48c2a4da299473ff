// Which facts a question in words asks for: ways through the memory, of one fact or two, ranked by the words of their relations.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "ask/question.h"
#include "ask/wording_vectors.h"
#include "infer/inference.h"
#include "language/language.h"
#include "memllm/query.h"

namespace memllm {

// From an entity to those that a relation leads to: from subject to object, or back.
struct Hop {
  std::string relation;
  bool to_object = true;
  bool operator==(const Hop&) const = default;

  Query from(const std::string& entity) const;
};

struct AskedPath {
  std::string entity;
  std::vector<Hop> hops;  // one or two
  // A cosine: of the question and the hops' wordings, or, where it is more, a question that the text itself asks which the fact was read
  // from.
  double similarity = 0;
};

struct AskedPaths {
  std::vector<AskedPath> paths;  // which the memory has, most similar first
  // The similarity of the question and the relation (or two) most like it, whether the memory has it or not. Where it lies well above the
  // paths', the question asks for what the memory does not know.
  double most_similar = 0;
};

// Every path from the entities, with how much its wordings are like the question. For a path of two hops the question must hold a noun
// phrase with the entity ("the director of X"): the phrase is compared with the first hop's, the question about the phrase with the
// second's. For one hop, the texts of its facts count as well: who asks in the words of "Where was X born? In Tessel." means this fact,
// whatever its relation is called. Throws kCancelled where the wordings are embedded for the first time.
AskedPaths asked_paths(const InferringStore& store, const Language& language, const std::string& question,
                       const std::vector<AskedEntity>& entities, WordingVectors& wordings, const QueryOptions& options,
                       const std::stop_token& stop = {});

}  // namespace memllm
