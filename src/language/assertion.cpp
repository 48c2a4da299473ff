#include "language/assertion.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/name.h"
#include "language/mention.h"

namespace memllm {

bool has_negation(const std::string& text, const Words& words) {
  const std::string key = normalised(text);
  return std::ranges::any_of(words.of(WordKind::kNegation), [&](const std::string& word) { return mentions(key, word); });
}

bool is_supposed(const std::string& sentence, const Words& words) {
  const auto has_capital = [](const std::string& word) { return !word.empty() && std::isupper(static_cast<unsigned char>(word[0])) != 0; };
  // What is written with a capital inside the sentence is a name, and a verb that begins it before another capital: "Will Smith".
  const std::vector<std::string> all = split_words(clean_name(sentence));
  std::vector<std::string> kept = all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string word = trim_punctuation(all[i]);
    const bool before_name = i + 1 < all.size() && has_capital(trim_punctuation(all[i + 1]));
    if (has_capital(word) && (i > 0 || (before_name && words.is(WordKind::kAsksYesNo, normalised(word))))) kept[i] = ".";
  }
  const std::string key = normalised(join_words(kept));
  return std::ranges::any_of(words.of(WordKind::kSupposition), [&](const std::string& word) { return mentions(key, word); });
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
