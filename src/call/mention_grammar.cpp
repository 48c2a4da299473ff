#include "call/mention_grammar.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "language/mention.h"

namespace memllm {
MentionGrammar::MentionGrammar(std::string text) : text_(std::move(text)) {
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (text_[at] != ' ' && !continues_character(text_[at]) && at_word_edge(text_, at)) starts_.push_back(at);
  }
  set_name({});
}

void MentionGrammar::set_name(std::string_view name) {
  ends_.clear();
  next_bytes_.reset();
  is_mention_ = false;
  const std::string_view text(text_);
  for (const std::size_t start : starts_) {
    if (text.substr(start, name.size()) != name) continue;
    const std::size_t end = start + name.size();
    ends_.push_back(end);
    if (end < text.size()) next_bytes_.set(static_cast<unsigned char>(text[end]));
    const bool whole = !name.empty() && name.back() != ' ' && (end == text.size() || !continues_character(text[end]));
    is_mention_ = is_mention_ || (whole && at_word_edge(text, end));
  }
}

bool MentionGrammar::admits(std::string_view piece) const {
  if (piece.empty() || !next_bytes_.test(static_cast<unsigned char>(piece[0]))) return false;
  const std::string_view text(text_);
  return std::any_of(ends_.begin(), ends_.end(), [&](std::size_t end) { return text.substr(end, piece.size()) == piece; });
}

}  // namespace memllm
