#include "memory/known_names.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "base/text.h"
#include "store/checks.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxMentionWords = 12;
constexpr std::size_t kMaxEnding = 8;  // signs that end a sentence

const std::set<std::string>& function_words() {
  static const std::set<std::string> words = {
      "a",     "an",   "the",   "of",  "in",   "on", "at",   "by",   "to",  "for",  "from", "with", "and",   "or",    "is",
      "was",   "are",  "were",  "be",  "been", "do", "does", "did",  "has", "have", "had",  "who",  "whom",  "whose", "what",
      "which", "when", "where", "why", "how",  "it", "its",  "he",   "she", "they", "his",  "her",  "their", "this",  "that",
      "as",    "can",  "will",  "i",   "you",  "we", "my",   "your", "me",  "us",   "many", "much", "name",  "tell",  "there"};
  return words;
}

// A capital, a digit or a character beyond ASCII, white space and punctuation apart.
bool begins_like_a_name(const std::string& word) {
  const std::string trimmed = trim_punctuation(word);
  const auto first = static_cast<unsigned char>(trimmed.empty() ? ' ' : trimmed[0]);
  return std::isupper(first) != 0 || std::isdigit(first) != 0 || first >= 0x80;
}

bool ends_a_sentence(char c) { return std::string_view("?!.,;:").find(c) != std::string_view::npos; }

// The name under which the memory knows these words.
std::optional<std::string> known_name(std::span<const std::string> words, const IsKnown& is_known) {
  if (words.size() == 1 && is_function_word(words[0])) return std::nullopt;
  const std::string raw = join_words(words);
  const std::string trimmed = trim_punctuation(raw);
  std::vector<std::string> names = {raw};
  // What ends a sentence, not what belongs to the name: "the USS Baltimore (SSN-704)?"
  std::string name = raw;
  for (std::size_t dropped = 0; dropped < kMaxEnding && !name.empty() && ends_a_sentence(name.back()); ++dropped) {
    name.pop_back();
    names.push_back(name);
  }
  names.insert(names.end(), {trimmed, without_possessive(raw), without_possessive(trimmed)});
  for (const std::string& one : names) {
    if (one.size() <= kMaxNameBytes && !normalise_name(one).empty() && is_known(one)) return one;
  }
  return std::nullopt;
}

}  // namespace

std::string without_possessive(const std::string& text) {
  for (const std::string_view ending : {"'s", "\u2019s", "'", "\u2019"}) {
    if (text.ends_with(ending)) return text.substr(0, text.size() - ending.size());
  }
  return text;
}

std::string join_words(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

std::string trim_punctuation(const std::string& text) {
  const auto inside = [](unsigned char c) { return c >= 0x80 || std::isalnum(c) != 0; };
  const auto begin = std::find_if(text.begin(), text.end(), inside);
  const auto end = std::find_if(text.rbegin(), std::make_reverse_iterator(begin), inside).base();
  return {begin, end};
}

bool is_function_word(const std::string& word) {
  const std::string trimmed = trim_punctuation(word);
  const bool acronym = trimmed.size() > 1 && std::all_of(trimmed.begin(), trimmed.end(), [](unsigned char c) { return std::isupper(c); });
  return !acronym && function_words().contains(normalise_name(trimmed));
}

std::vector<std::string> known_names(const std::vector<std::string>& words, Casing casing, const IsKnown& is_known) {
  std::map<std::size_t, std::string> found;  // by first word
  std::vector<bool> taken(words.size(), false);
  for (std::size_t length = std::min(kMaxMentionWords, words.size()); length > 0; --length) {
    for (std::size_t i = 0; i + length <= words.size(); ++i) {
      const auto begin = taken.begin() + static_cast<std::ptrdiff_t>(i);
      const auto end = begin + static_cast<std::ptrdiff_t>(length);
      if (std::find(begin, end, true) != end) continue;
      if (casing == Casing::kNames && !begins_like_a_name(words[i])) continue;
      if (auto name = known_name(std::span(words).subspan(i, length), is_known)) {
        found.emplace(i, std::move(*name));
        std::fill(begin, end, true);
      }
    }
  }
  std::vector<std::string> names;
  for (auto& [at, name] : found) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> capitalised_runs(const std::vector<std::string>& words) {
  std::vector<std::string> runs;
  std::string run;
  for (const std::string& word : words) {
    const std::string trimmed = without_possessive(trim_punctuation(word));
    if (begins_like_a_name(trimmed) && !is_function_word(word)) {
      run += (run.empty() ? "" : " ") + trimmed;
    } else if (!run.empty()) {
      runs.push_back(std::move(run));
      run.clear();
    }
  }
  if (!run.empty()) runs.push_back(std::move(run));
  return runs;
}

}  // namespace memllm
