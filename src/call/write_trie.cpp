#include "call/write_trie.h"

#include "base/name.h"

namespace memllm {

WriteTrie::WriteTrie(const CallFormat& format, std::span<const std::string> relations, std::size_t max_tokens)
    : field_(format.field()), nodes_(1) {
  for (const std::string& relation : relations) {
    const std::vector<Token> tokens = format.name_tokens(relation);
    if (tokens.empty() || tokens.size() > max_tokens) continue;
    if (Name(format.name_from_tokens(tokens)) != Name(relation)) continue;
    Node node = kRoot;
    for (const Token token : tokens) {
      const auto [child, is_new] = nodes_[node].children.try_emplace(token, nodes_.size());
      node = child->second;
      if (is_new) nodes_.emplace_back();
    }
    nodes_[node].ends = true;
  }
}

std::optional<WriteTrie::Node> WriteTrie::next(Node node, Token token) const {
  const auto child = nodes_[node].children.find(token);
  if (child == nodes_[node].children.end()) return std::nullopt;
  return child->second;
}

std::optional<Token> WriteTrie::forced(Node node) const {
  const TrieNode& here = nodes_[node];
  if (here.ends) return here.children.empty() ? std::optional(field_) : std::nullopt;
  return here.children.size() == 1 ? std::optional(here.children.begin()->first) : std::nullopt;
}

}  // namespace memllm
