#include "ask/question_names.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "language/mention.h"
#include "search/near_names.h"

namespace memllm {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool is_identifier(const std::string& word) {
  const auto digits = std::ranges::count_if(word, is_digit);
  const bool letters = std::ranges::any_of(word, [](unsigned char c) { return std::isalpha(c) != 0; });
  constexpr std::ptrdiff_t kLongNumber = 5;
  if (letters) return digits > 1;
  const bool year_or_count = word.find_first_not_of("0123456789.,:%") == std::string::npos && digits < kLongNumber;
  return digits > 0 && !year_or_count && digits >= 4;
}

}  // namespace

QuestionNames names_of_question(const std::string& question, const Words& language) {
  QuestionNames found;
  const std::vector<std::string> words = split_words(language.without_contraction(question));
  for (const std::string& run : capitalised_runs(words, language)) {
    std::vector<std::string> name;
    for (const std::string& word : plain_words(language.without_possessive(run))) {
      if (!language.is(WordKind::kFunction, word) && !language.is(WordKind::kMonth, word) && word.size() > 1 && !is_digit(word[0]))
        name.push_back(word);
    }
    if (!name.empty()) found.names.push_back(std::move(name));
  }
  for (const std::string& word : plain_words(question)) {
    if (is_identifier(language.without_possessive(word))) found.identifiers.push_back(language.without_possessive(word));
  }
  return found;
}

void TextWords::add(const std::string& text) {
  for (std::string& word : plain_words(text)) {
    // "Quill's" is "Quill" too, "tour-guide" also "guide".
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t end = std::min(word.find_first_of("'-/.@_", at), word.size());
      if (end > at && (at > 0 || end < word.size())) words_.push_back(word.substr(at, end - at));
      at = end + 1;
    }
    words_.push_back(std::move(word));
  }
}

bool TextWords::holds_exactly(const std::string& word) const { return std::ranges::find(words_, word) != words_.end(); }

bool TextWords::holds_another_like(const std::string& word) const {
  constexpr std::size_t kShortest = 4, kLong = 6;
  if (word.size() < kShortest) return false;
  const std::size_t most = word.size() >= kLong ? 2 : 1;
  return std::ranges::any_of(words_, [&](const std::string& other) {
    const bool is_plural = other == word + "s" || word == other + "s";
    return other != word && !is_plural && other.size() >= kShortest && other[0] == word[0] && edit_distance(word, other, most) <= most;
  });
}

bool TextWords::holds(const std::string& word) const {
  const std::size_t most = allowed_edits(word);
  return std::ranges::any_of(words_, [&](const std::string& other) {
    if (word == other) return true;
    const bool stem = std::min(word.size(), other.size()) >= 4 && (word.starts_with(other) || other.starts_with(word)) &&
                      std::max(word.size(), other.size()) - std::min(word.size(), other.size()) <= 2;
    return stem || (most > 0 && word[0] == other[0] && edit_distance(word, other, most) <= most);
  });
}

}  // namespace memllm
