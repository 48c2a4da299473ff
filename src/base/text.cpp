#include "base/text.h"

#include "base/utf8.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace memllm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Calls visit(code point or negative, begin, end) for every character or maximal ill-formed sequence; stops when visit returns false.
template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!visit(character.code_point, at, at + character.bytes)) return;
    at += character.bytes;
  }
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  bool valid = true;
  for_each_character(text, [&](CodePoint c, std::size_t, std::size_t) { return valid = c >= 0; });
  return valid;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](CodePoint c, std::size_t begin, std::size_t end) {
    out += c <= 0 ? kReplacement : text.substr(begin, end - begin);
    return true;
  });
  return out;
}

std::string content_hash(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : canonical.digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string ellipsis(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  while (end > 0 && max_bytes - end < 3 && continues_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace memllm
