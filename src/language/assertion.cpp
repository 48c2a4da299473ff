#include "language/assertion.h"

#include <algorithm>
#include <vector>

#include "base/name.h"
#include "language/mention.h"

namespace memllm {

bool has_negation(const std::string& text, const Words& words) {
  const std::string key = normalised(text);
  return std::ranges::any_of(words.of(WordKind::kNegation), [&](const std::string& word) { return mentions(key, word); });
}

bool asserts_of(const std::string& sentence, const std::string& name, const Words& words) {
  constexpr std::size_t kWordsBefore = 5;
  const std::string text = clean_name(sentence);
  const auto mention = find_mention(text, name);
  if (!mention || text.ends_with('?')) return false;
  std::vector<std::string> before = split_words(text.substr(0, static_cast<std::size_t>(mention->begin)));
  if (before.size() > kWordsBefore) before.erase(before.begin(), before.end() - static_cast<std::ptrdiff_t>(kWordsBefore));
  return !has_negation(join_words(before), words);
}

}  // namespace memllm
