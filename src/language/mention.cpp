#include "language/mention.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <utility>

#include "base/name.h"
#include "base/utf8.h"

namespace memllm {
namespace {

bool is_word(char byte) { return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }

bool at_word_edges(std::string_view text, std::size_t begin, std::size_t end) {
  return at_word_edge(text, begin) && at_word_edge(text, end);
}

struct FoldedText {
  std::vector<UChar32> characters;
  std::vector<std::int64_t> offsets;  // byte of each, and the text's size
};

FoldedText fold(std::string_view text) {
  FoldedText folded;
  for (std::size_t at = 0; at < text.size();) {
    folded.offsets.push_back(static_cast<std::int64_t>(at));
    const Character character = character_at(text, at);
    folded.characters.push_back(u_foldCase(character.code_point, U_FOLD_CASE_DEFAULT));
    at += character.bytes;
  }
  folded.offsets.push_back(static_cast<std::int64_t>(text.size()));
  return folded;
}

// Keeps the first mention at words' edges, else the first of all. True: found one at the edges, look no further.
bool keep(std::optional<Span>& best, std::string_view text, Span span) {
  const bool edges = at_word_edges(text, static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end));
  if (edges || !best) best = span;
  return edges;
}

constexpr std::size_t kMaxMentionWords = 12;
constexpr std::size_t kMaxEnding = 8;  // signs that end a sentence

// A capital, a digit or a character beyond ASCII, white space and punctuation apart.
bool begins_like_a_name(const std::string& word) {
  const std::string trimmed = trim_punctuation(word);
  const auto first = static_cast<unsigned char>(trimmed.empty() ? ' ' : trimmed[0]);
  return std::isupper(first) != 0 || std::isdigit(first) != 0 || first >= 0x80;
}

bool ends_a_sentence(char c) { return std::string_view("?!.,;:").find(c) != std::string_view::npos; }

// The name under which the memory knows these words.
std::optional<std::string> known_name(std::span<const std::string> text, const Words& words, const IsKnown& is_known) {
  if (text.size() == 1 && words.is_function_word(text[0])) return std::nullopt;
  const std::string raw = join_words(text);
  const std::string trimmed = trim_punctuation(raw);
  std::vector<std::string> names = {raw};
  // What ends a sentence, not what belongs to the name: "the USS Baltimore (SSN-704)?"
  std::string name = raw;
  for (std::size_t dropped = 0; dropped < kMaxEnding && !name.empty() && ends_a_sentence(name.back()); ++dropped) {
    name.pop_back();
    names.push_back(name);
  }
  names.insert(names.end(), {trimmed, words.without_possessive(raw), words.without_possessive(trimmed)});
  for (const std::string& one : names) {
    if (one.size() <= kMaxNameBytes && !Name(one).is_blank() && is_known(one)) return one;
  }
  return std::nullopt;
}

}  // namespace

bool at_word_edge(std::string_view text, std::size_t position) {
  return position == 0 || position == text.size() || !is_word(text[position - 1]) || !is_word(text[position]);
}

std::optional<Span> find_mention(std::string_view text, std::string_view name) {
  if (name.empty()) return std::nullopt;
  std::optional<Span> best;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (keep(best, text, {static_cast<std::int64_t>(at), static_cast<std::int64_t>(at + name.size())})) return best;
  }
  const FoldedText in = fold(text);
  const FoldedText what = fold(name);
  const auto& characters = in.characters;
  std::optional<Span> folded_best;
  auto from = characters.begin();
  while (true) {
    const auto hit = std::search(from, characters.end(), what.characters.begin(), what.characters.end());
    if (hit == characters.end()) break;
    const auto index = static_cast<std::size_t>(hit - characters.begin());
    if (keep(folded_best, text, {in.offsets[index], in.offsets[index + what.characters.size()]})) return folded_best;
    from = hit + 1;
  }
  return best ? best : folded_best;
}

bool mentions(std::string_view normalised_text, std::string_view normalised_name) {
  if (normalised_name.empty()) return false;
  for (std::size_t at = normalised_text.find(normalised_name); at != std::string_view::npos;
       at = normalised_text.find(normalised_name, at + 1)) {
    if (at_word_edges(normalised_text, at, at + normalised_name.size())) return true;
  }
  return false;
}

std::vector<std::string> mentioned_names(const std::vector<std::string>& text, const Words& words, Casing casing, const IsKnown& is_known) {
  std::map<std::size_t, std::string> found;  // by first word
  std::vector<bool> taken(text.size(), false);
  for (std::size_t length = std::min(kMaxMentionWords, text.size()); length > 0; --length) {
    for (std::size_t i = 0; i + length <= text.size(); ++i) {
      const auto begin = taken.begin() + static_cast<std::ptrdiff_t>(i);
      const auto end = begin + static_cast<std::ptrdiff_t>(length);
      if (std::find(begin, end, true) != end) continue;
      if (casing == Casing::kNames && !begins_like_a_name(text[i])) continue;
      if (auto name = known_name(std::span(text).subspan(i, length), words, is_known)) {
        found.emplace(i, std::move(*name));
        std::fill(begin, end, true);
      }
    }
  }
  std::vector<std::string> names;
  for (auto& [at, name] : found) names.push_back(std::move(name));
  return names;
}

std::vector<std::string> capitalised_runs(const std::vector<std::string>& text, const Words& words) {
  std::vector<std::string> runs;
  std::string run;
  for (const std::string& word : text) {
    const std::string trimmed = words.without_possessive(trim_punctuation(word));
    if (begins_like_a_name(trimmed) && !words.is_function_word(word)) {
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
