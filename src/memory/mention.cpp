#include "memory/mention.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <vector>

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
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t at = 0; at < size;) {
    folded.offsets.push_back(at);
    UChar32 character = 0;
    U8_NEXT_OR_FFFD(bytes, at, size, character);
    folded.characters.push_back(u_foldCase(character, U_FOLD_CASE_DEFAULT));
  }
  folded.offsets.push_back(size);
  return folded;
}

// Keeps the first mention at words' edges, else the first of all. True: found one at the edges, look no further.
bool keep(std::optional<Span>& best, std::string_view text, Span span) {
  const bool edges = at_word_edges(text, static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end));
  if (edges || !best) best = span;
  return edges;
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

}  // namespace memllm
