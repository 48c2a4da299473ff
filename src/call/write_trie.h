// Decoding rule: a write call uses known relations.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"

namespace memllm {

// The tokens of relations' names as a tree. Thread rule: immutable after construction.
class WriteTrie {
 public:
  using Node = std::size_t;
  static constexpr Node kRoot = 0;

  // Names that the vocabulary cannot spell, or in more than max_tokens tokens, are left out.
  WriteTrie(const CallFormat& format, std::span<const std::string> relations, std::size_t max_tokens);

  bool empty() const { return nodes_.front().children.empty(); }
  // Where the token leads; nullopt: no relation goes on so.
  std::optional<Node> next(Node node, Token token) const;
  // A relation may end here.
  bool is_relation(Node node) const { return nodes_[node].ends; }
  // What must follow: the only next token, or the field separator behind a relation that is no part of a longer one. nullopt: there is a
  // choice.
  std::optional<Token> forced(Node node) const;

 private:
  struct TrieNode {
    std::map<Token, Node> children;
    bool ends = false;
  };

  Token field_;
  std::vector<TrieNode> nodes_;
};

}  // namespace memllm
