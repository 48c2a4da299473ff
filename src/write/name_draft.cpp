#include "write/name_draft.h"

#include <algorithm>

namespace memllm {

NameDraft::NameDraft(const CallFormat& format, std::span<const Token> text) : format_(&format), tokens_(text.begin(), text.end()) {
  for (const Token token : tokens_) {
    text_ += format.spelling({&token, 1});
    ends_.push_back(text_.size());
  }
}

std::vector<Token> NameDraft::after(std::span<const Token> name, std::size_t most) const {
  const std::string spelling = format_->spelling(name);
  if (spelling.empty() || most == 0) return {};
  for (std::size_t at = text_.rfind(spelling); at != std::string::npos; at = at == 0 ? std::string::npos : text_.rfind(spelling, at - 1)) {
    const auto end = std::ranges::lower_bound(ends_, at + spelling.size());
    if (end == ends_.end() || *end != at + spelling.size()) continue;
    const auto begin = tokens_.begin() + (end - ends_.begin()) + 1;
    return {begin, begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(most), tokens_.end() - begin)};
  }
  return {};
}

}  // namespace memllm
