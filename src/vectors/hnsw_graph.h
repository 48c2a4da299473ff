// hnswlib's graph over rows that somebody else keeps. Hidden here: hnswlib's header defines more than it should.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "vectors/checked_file.h"
#include "vectors/vector_rows.h"

namespace memllm {

// Nodes are rows [0, size()) of the rows given, in order; a node is a row's number, so that vectors are kept once (hnswlib's own copy would
// double a memory's largest part). Rows in the graph must not change. There is no deletion: hnswlib 0.6's deleted nodes make an insertion
// undefined when all that a search reaches is deleted, so the owner filters instead.
// Thread rule: one thread at a time, also for const members.
class HnswGraph {
 public:
  // REQUIRES: rows outlives the graph, at the same address.
  explicit HnswGraph(const VectorRows& rows);
  ~HnswGraph();
  HnswGraph(const HnswGraph&) = delete;
  HnswGraph& operator=(const HnswGraph&) = delete;

  std::size_t size() const;
  // REQUIRES: size() < rows.size().
  void add_next_row();
  // About the k nearest rows, nearest first.
  std::vector<std::uint32_t> nearest(std::span<const float> query, std::size_t k) const;
  void clear();

  void save(CheckedWriter& out) const;
  // Replaces the graph by a saved one of so many nodes; false, and an empty graph, if its links cannot be.
  [[nodiscard]] bool load(CheckedReader& in, std::size_t nodes);

 private:
  struct Impl;
  const VectorRows& rows_;
  std::unique_ptr<Impl> impl_;  // null: no node
};

}  // namespace memllm
