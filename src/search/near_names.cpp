#include "search/near_names.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/name.h"

namespace memllm {
namespace {

bool has_digit(const std::string& word) {
  return std::ranges::any_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::vector<std::string> words_with_digits(const std::string& text) {
  std::vector<std::string> words = plain_words(text);
  std::erase_if(words, [](const std::string& word) { return !has_digit(word); });
  return words;
}

std::vector<std::string> words_of_name(const std::string& name, const Words& language) {
  std::vector<std::string> words = plain_words(name);
  std::erase_if(words, [&](const std::string& word) { return language.is(WordKind::kTitle, word); });
  return words;
}

bool may_be(const std::string& asked, const std::string& word) {
  if (asked == word) return true;
  const std::size_t most = has_digit(asked) || has_digit(word) ? 0 : allowed_edits(asked);
  return most > 0 && asked[0] == word[0] && edit_distance(asked, word, most) <= most;
}

// Each word of the one is another of the other.
bool may_be(const std::vector<std::string>& asked, std::vector<std::string> name) {
  for (const std::string& word : asked) {
    const auto found = std::ranges::find_if(name, [&](const std::string& other) { return may_be(word, other); });
    if (found == name.end()) return false;
    name.erase(found);
  }
  return true;
}

bool is_part(const std::vector<std::string>& asked, const std::vector<std::string>& name) {
  constexpr std::size_t kMaxWords = 4;
  if (asked.empty() || name.size() <= asked.size() || name.size() > kMaxWords) return false;
  if (asked.size() == 1 && asked[0].size() < 3) return false;
  return std::equal(asked.begin(), asked.end(), name.begin()) || std::equal(asked.rbegin(), asked.rend(), name.rbegin());
}

}  // namespace

std::optional<std::string> near_name(const std::string& asked, std::span<const std::string> names, const Words& language) {
  const std::vector<std::string> words = words_of_name(asked, language);
  if (words.empty()) return std::nullopt;
  std::set<Name> whole, parts;
  for (const std::string& name : names) {
    const std::vector<std::string> other = words_of_name(name, language);
    if (other.size() == words.size() && may_be(words, other)) {
      whole.insert(Name(name));
    } else if (is_part(words, other)) {
      parts.insert(Name(name));
    }
  }
  const std::set<Name>& found = whole.empty() ? parts : whole;
  return found.size() == 1 ? std::optional(found.begin()->text) : std::nullopt;
}

bool same_identifiers(const std::string& a, const std::string& b) { return words_with_digits(a) == words_with_digits(b); }

std::size_t edit_distance(const std::string& a, const std::string& b, std::size_t most) {
  if (a.size() > b.size() + most || b.size() > a.size() + most) return most + 1;
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return std::min(last[b.size()], most + 1);
}

std::size_t allowed_edits(const std::string& word) {
  constexpr std::size_t kOneWrong = 5, kTwoWrong = 8;
  return word.size() >= kTwoWrong ? 2 : word.size() >= kOneWrong ? 1 : 0;
}

std::vector<std::string> plain_words(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string& word : split_words(without_accents(text))) {
    if (std::string trimmed = trim_punctuation(word); !trimmed.empty()) words.push_back(std::move(trimmed));
  }
  return words;
}

}  // namespace memllm
