#include "call/read_trie.h"

#include <algorithm>

#include "memllm/error.h"

namespace memllm {

ReadTrie::ReadTrie(const CallFormat& format, std::span<const Query> queries, int max_queries, std::size_t max_tokens, int min_queries)
    : item_(format.item()),
      arrow_(format.arrow()),
      end_(format.read_end()),
      max_tokens_(max_tokens),
      queries_left_(max_queries),
      queries_needed_(min_queries),
      nodes_(1) {
  for (const Query& query : queries) {
    std::vector<Token> tokens;
    try {
      tokens = format.read_query(std::span(&query, 1));
    } catch (const Error&) {
      continue;  // a name that the vocabulary cannot spell
    }
    const auto last_field = std::find(tokens.rbegin(), tokens.rend(), format.field()).base();
    const auto arrow = std::find(last_field, tokens.end(), arrow_);
    if (tokens.size() > max_tokens_ || arrow == tokens.end()) continue;
    insert(std::span(tokens).first(static_cast<std::size_t>(arrow - tokens.begin()) - end_.size()));
  }
}

void ReadTrie::insert(std::span<const Token> query) {
  std::vector<std::size_t> path = {0};
  for (const Token token : query) {
    const auto [child, is_new] = nodes_[path.back()].children.try_emplace(token, nodes_.size());
    const std::size_t next = child->second;
    if (is_new) nodes_.push_back({.children = {}, .parent = path.back(), .left = 0, .ends = 0});
    path.push_back(next);
  }
  if (nodes_[path.back()].ends > 0) return;
  nodes_[path.back()].ends = 1;
  for (const std::size_t node : path) ++nodes_[node].left;
  longest_ = std::max(longest_, query.size());
}

bool ReadTrie::may_add_query() const {
  return queries_left_ > 1 && nodes_.front().left > 1 && used_ + 1 + longest_ + end_.size() + 1 <= max_tokens_;
}

std::vector<Token> ReadTrie::allowed() const {
  if (part_ == Part::kDone || empty()) return {};
  if (part_ == Part::kEnd) return {end_matched_ < end_.size() ? end_[end_matched_] : arrow_};
  std::vector<Token> tokens;
  for (const auto& [token, child] : nodes_[node_].children) {
    if (nodes_[child].left > 0) tokens.push_back(token);
  }
  if (nodes_[node_].ends > 0) {
    const bool may_add = may_add_query();
    if (may_add) tokens.push_back(item_);
    if (may_add && queries_needed_ > 1) return tokens;
    if (std::find(tokens.begin(), tokens.end(), end_.front()) == tokens.end()) tokens.push_back(end_.front());
  }
  return tokens;
}

void ReadTrie::take() {
  nodes_[node_].ends = 0;
  for (std::size_t node = node_; node != 0; node = nodes_[node].parent) --nodes_[node].left;
  --nodes_.front().left;
  --queries_left_;
  --queries_needed_;
}

void ReadTrie::accept(Token token) {
  ++used_;
  if (part_ == Part::kEnd) {
    if (end_matched_ < end_.size()) {
      ++end_matched_;
    } else {
      part_ = Part::kDone;
    }
    return;
  }
  const auto child = nodes_[node_].children.find(token);
  if (child != nodes_[node_].children.end() && nodes_[child->second].left > 0) {
    node_ = child->second;
    return;
  }
  if (token == item_) {
    take();
    node_ = 0;
    return;
  }
  part_ = Part::kEnd;
  end_matched_ = 1;
}

}  // namespace memllm
