#include "eval/text_tokens.h"

#include <algorithm>

namespace memllm {

TextTokens::TextTokens(const LanguageModel& model, const CallFormat& format, std::string_view text, std::span<const std::size_t> cuts) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : text.size();
    const std::size_t first = tokens_.size();
    std::size_t offset = begin;
    for (const Token token : format.text_tokens(text.substr(begin, end - begin))) {
      offset += model.piece(token).size();
      tokens_.push_back(token);
      ends_.push_back(std::min(offset, end));
    }
    pieces_.push_back({first, tokens_.size()});
    begin = end;
  }
}

TokenRange TextTokens::range(const Span& bytes) const {
  const auto first = std::upper_bound(ends_.begin(), ends_.end(), static_cast<std::size_t>(bytes.begin));
  const auto last = std::lower_bound(ends_.begin(), ends_.end(), static_cast<std::size_t>(bytes.end));
  const auto begin = static_cast<std::size_t>(first - ends_.begin());
  const auto end = std::min(static_cast<std::size_t>(last - ends_.begin()) + 1, ends_.size());
  return {begin, std::max(begin, end)};
}

}  // namespace memllm
