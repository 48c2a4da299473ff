#include "base/text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "memllm/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace memllm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Calls visit(code point or negative, begin, end) for every character or maximal ill-formed sequence; stops when visit returns false.
template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < length;) {
    const std::int64_t begin = i;
    UChar32 c = -1;
    U8_NEXT(bytes, i, length, c);
    if (!visit(c, static_cast<std::size_t>(begin), static_cast<std::size_t>(i))) return;
  }
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_space(UChar32 c) { return u_isUWhiteSpace(c); }

// The ASCII form of quotes and dashes that people and typesetters exchange freely; other characters unchanged.
UChar32 plain_punctuation(UChar32 c) {
  switch (c) {
    case 0x2018:  // single quotes, prime, modifier apostrophe
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x02BC:
    case 0x0060:
    case 0x00B4:
      return '\'';
    case 0x201C:  // double quotes
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x00AB:
    case 0x00BB:
      return '"';
    case 0x2212:  // minus
      return '-';
    default:
      return u_charType(c) == U_DASH_PUNCTUATION && c < 0x3000 ? '-' : c;
  }
}

// One pass: format and control characters dropped, punctuation plain, white space single and trimmed.
icu::UnicodeString squeeze(const icu::UnicodeString& text) {
  icu::UnicodeString out;
  bool pending_space = false;
  for (std::int32_t i = 0; i < text.length();) {
    const UChar32 c = text.char32At(i);
    i += U16_LENGTH(c);
    if (is_space(c)) {
      pending_space = !out.isEmpty();
      continue;
    }
    const auto type = u_charType(c);
    if (type == U_FORMAT_CHAR || type == U_CONTROL_CHAR) continue;
    if (pending_space) out.append(static_cast<UChar32>(' '));
    pending_space = false;
    out.append(plain_punctuation(c));
  }
  return out;
}

std::string normalise_ascii(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  bool pending_space = false;
  for (const char c : name) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      pending_space = !out.empty();
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) continue;
    if (pending_space) out += ' ';
    pending_space = false;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == '`' ? '\'' : c;
  }
  return out;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  bool valid = true;
  for_each_character(text, [&](UChar32 c, std::size_t, std::size_t) { return valid = c >= 0; });
  return valid;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](UChar32 c, std::size_t begin, std::size_t end) {
    out += c <= 0 ? kReplacement : text.substr(begin, end - begin);
    return true;
  });
  return out;
}

std::string normalise_name(std::string_view name) {
  if (is_ascii(name)) return normalise_ascii(name);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) throw Error(ErrorKind::kInternal, std::string("ICU has no normalisation data: ") + u_errorName(status));
  icu::UnicodeString text = icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
  // Dropping and mapping characters can open new compositions and foldings: repeat to the fixed point (two passes for any known text).
  constexpr int kMaxPasses = 8;
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    icu::UnicodeString next = squeeze(normalizer->normalize(squeeze(text), status));
    if (U_FAILURE(status)) throw Error(ErrorKind::kInternal, std::string("ICU cannot normalise a name: ") + u_errorName(status));
    if (next == text) break;
    text = std::move(next);
  }
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::string clean_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  bool pending_space = false;
  for_each_character(name, [&](UChar32 c, std::size_t begin, std::size_t end) {
    if (c >= 0 && is_space(c)) {
      pending_space = !out.empty();
      return true;
    }
    if (c >= 0 && u_charType(c) == U_CONTROL_CHAR) return true;
    if (pending_space) out += ' ';
    pending_space = false;
    out += c < 0 ? kReplacement : name.substr(begin, end - begin);
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
  while (end > 0 && max_bytes - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace memllm
