// The vectors of a name space's sentences: eight bits a component, in the database, searched by comparing with all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sql/sqlite.h"
#include "store/store.h"

namespace memllm {

// Thread rule: one thread at a time.
class SentenceVectors {
 public:
  SentenceVectors(sqlite::Database& database, std::int64_t name_space, const StoreOptions& options)
      : database_(database), name_space_(name_space), options_(options) {}

  // Embeds and stores at most so many sentences that have no vector; returns how many are left. Without an embedder: 0. REQUIRES: no open
  // transaction.
  std::size_t embed(std::size_t limit);
  // Ids and cosines (to within a hundredth) of all sentences that have a vector, most alike first, withdrawn ones too.
  std::vector<FoundSentence> nearest(std::span<const float> vector);

 private:
  void load();

  sqlite::Database& database_;
  std::int64_t name_space_;
  const StoreOptions& options_;
  std::int64_t loaded_version_ = -1;  // of the database, as other connections change it
  std::int64_t loaded_changes_ = -1;  // by this one
  std::int64_t changes_ = 0;
  std::vector<SentenceId> ids_;
  std::vector<float> scales_;
  std::vector<std::int8_t> rows_;
};

}  // namespace memllm
