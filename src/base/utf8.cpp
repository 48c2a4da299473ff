#include "base/utf8.h"

#include <unicode/utf8.h>

#include <algorithm>

namespace memllm {
namespace {

constexpr std::size_t kLongest = 4;  // bytes of a character

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  UChar32 character = 0;
  std::int32_t next = 0;
  const auto length = static_cast<std::int32_t>(std::min(text.size() - at, kLongest));
  U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data() + at), next, length, character);
  return {character, static_cast<std::size_t>(next)};
}

Character character_before(std::string_view text, std::size_t end) {
  const std::size_t begin = end > kLongest ? end - kLongest : 0;
  if (begin == end) return {};
  const auto length = static_cast<std::int32_t>(end - begin);
  std::int32_t at = length;
  UChar32 character = 0;
  U8_PREV(reinterpret_cast<const std::uint8_t*>(text.data() + begin), 0, at, character);
  return {character, static_cast<std::size_t>(length - at)};
}

std::size_t character_boundary(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && continues_character(text[at])) --at;
  return at;
}

}  // namespace memllm
