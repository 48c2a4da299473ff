#include "language/words.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <utility>

#include "base/name.h"
#include "language/pack_file.h"

namespace memllm {
namespace {

constexpr std::string_view kContraction = "contraction";
constexpr std::string_view kCounting = "counting";

std::optional<WordKind> kind_of(std::string_view name) {
  constexpr std::array<std::string_view, 24> kNames = {"function",    "month",      "date",         "article",     "phrase-begin",
                                                       "name-asking", "being",      "asking",       "asks-when",   "asks-number",
                                                       "asks-name",   "possessive", "first-person", "asks-yes-no", "asks-possibility",
                                                       "past",        "former",     "current",      "negation",    "supposition",
                                                       "number",      "pronoun",    "title",        "except"};
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  return found == kNames.end() ? std::nullopt : std::optional(static_cast<WordKind>(found - kNames.begin()));
}

bool has_digit(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

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

Words::Words(const std::filesystem::path& path) {
  const PackFile file(path, 2, 3);
  for (const PackRow& row : file.rows()) {
    const std::string& word = row.fields[1];
    if (row.fields[0] == kContraction || row.fields[0] == kCounting) {
      if (row.fields.size() != 3) throw file.wrong(row, "needs what stands in its place behind another tab");
      (row.fields[0] == kContraction ? contractions_ : counting_)[word] = row.fields[2];
      continue;
    }
    const auto kind = kind_of(row.fields[0]);
    if (!kind) throw file.wrong(row, "there is no kind \"" + row.fields[0] + "\" of word");
    if (row.fields.size() != 2) throw file.wrong(row, "has a field too many");
    if (*kind == WordKind::kPossessive) {
      possessives_.push_back(word);
    } else if (normalised(word) != word) {
      throw file.wrong(row, "write \"" + normalised(word) + "\"");
    }
    words_[static_cast<std::size_t>(*kind)].insert(word);
  }
  std::ranges::stable_sort(possessives_, std::greater<>(), &std::string::size);
}

bool Words::is_function_word(const std::string& word) const {
  const std::string trimmed = trim_punctuation(word);
  const bool acronym = trimmed.size() > 1 && std::all_of(trimmed.begin(), trimmed.end(), [](unsigned char c) { return std::isupper(c); });
  return !acronym && is(WordKind::kFunction, normalised(trimmed));
}

std::string Words::without_possessive(const std::string& text) const {
  for (const std::string& ending : possessives_) {
    if (text.ends_with(ending)) return text.substr(0, text.size() - ending.size());
  }
  return text;
}

std::string Words::without_contraction(std::string question) const {
  const std::size_t end = std::min(question.find(' '), question.size());
  const auto found = contractions_.find(normalised(question.substr(0, end)));
  if (found == contractions_.end()) return question;
  const auto& [contraction, full] = *found;
  const auto kept = static_cast<std::size_t>(std::ranges::mismatch(contraction, full).in1 - contraction.begin());  // as the question has it
  return question.replace(kept, end - kept, full.substr(kept));
}

bool Words::is_number_or_date(const std::string& name) const {
  bool dated = false;
  for (const std::string& word : split_words(normalised(name))) {
    const std::string trimmed = trim_punctuation(word);
    if (trimmed.empty()) continue;
    const bool number = std::isdigit(static_cast<unsigned char>(trimmed[0])) != 0;
    if (!number && !is(WordKind::kMonth, trimmed) && !is(WordKind::kDate, trimmed)) return false;
    dated = dated || number || is(WordKind::kMonth, trimmed);
  }
  return dated;
}

bool Words::fits_question(const std::string& question, std::span<const std::string> answers) const {
  const std::string asked = std::string(" ").append(normalised(question)).append(" ");
  const auto first_of = [&](WordKind kind) {
    std::size_t first = std::string::npos;
    for (const std::string& words : of(kind)) first = std::min(first, asked.find(" " + words + " "));
    return first;
  };
  // "Where did she live when he died?" asks for a place: the first of these words is the one that asks.
  const std::size_t when = first_of(WordKind::kAsksWhen);
  const bool asks_when = when != std::string::npos && first_of(WordKind::kAsking) > when;
  if (asks_when || first_of(WordKind::kAsksNumber) != std::string::npos) {
    const auto tells = [&](const std::string& word) {
      return is(WordKind::kNumber, word) || (asks_when && (is(WordKind::kDate, word) || is(WordKind::kMonth, word)));
    };
    // "When?" "2."
    const auto is_bare_count = [](const std::string& answer) {
      const std::string number = trim_punctuation(answer);
      return number.size() <= 2 && number.find_first_not_of("0123456789") == std::string::npos;
    };
    return std::ranges::any_of(answers, [&](const std::string& answer) {
      if (asks_when && is_bare_count(answer)) return false;
      return has_digit(answer) ||
             std::ranges::any_of(split_words(normalised(answer)), [&](const std::string& word) { return tells(trim_punctuation(word)); });
    });
  }
  if (first_of(WordKind::kAsksName) == 0) {
    return !std::all_of(answers.begin(), answers.end(), [this](const std::string& answer) { return is_number_or_date(answer); });
  }
  return true;
}

}  // namespace memllm
