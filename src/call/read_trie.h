// Decoding rule: a read call asks only what the memory can answer.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"
#include "memllm/query.h"

namespace memllm {

// The tokens that follow a call's header, where they spell some of the given queries, each at most once: a tree of the queries' tokens. The
// whole can always be closed within max_tokens. A name that goes on with the token that ends a query goes on.
class ReadTrie {
 public:
  // Queries that cannot be written, or not within max_tokens, are left out. Until min_queries are written another one must follow, if one
  // is left for which there is room.
  ReadTrie(const CallFormat& format, std::span<const Query> queries, int max_queries, std::size_t max_tokens, int min_queries = 1);

  bool empty() const { return nodes_.front().left == 0; }
  // What may come next; empty: done.
  std::vector<Token> allowed() const;
  void accept(Token token);  // REQUIRES: one of allowed()

 private:
  struct Node {
    std::map<Token, std::size_t> children;
    std::size_t parent = 0;
    std::size_t left = 0;  // queries that end here or below and have not been written
    std::size_t ends = 0;  // of these, here (one, unless it has been written)
  };
  enum class Part { kQuery, kEnd, kDone };

  void insert(std::span<const Token> query);
  void take();  // the query that ends at node_
  bool may_add_query() const;

  Token item_, arrow_;
  std::vector<Token> end_;  // ")", between the last name and the arrow
  std::size_t max_tokens_;
  std::size_t longest_ = 0;
  int queries_left_, queries_needed_;
  std::vector<Node> nodes_;
  Part part_ = Part::kQuery;
  std::size_t node_ = 0;
  std::size_t end_matched_ = 0;
  std::size_t used_ = 0;
};

}  // namespace memllm
