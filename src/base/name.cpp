#include "base/name.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/utf8.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

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

std::string normalised(std::string_view name) {
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

std::string without_accents(std::string_view text) {
  const std::string plain = normalised(text);
  if (is_ascii(plain)) return plain;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* decomposer = icu::Normalizer2::getNFKDInstance(status);
  if (U_FAILURE(status)) throw Error(ErrorKind::kInternal, std::string("ICU has no NFKD: ") + u_errorName(status));
  const icu::UnicodeString decomposed = decomposer->normalize(icu::UnicodeString::fromUTF8(plain), status);
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < decomposed.length();) {
    const UChar32 c = decomposed.char32At(i);
    i += U16_LENGTH(c);
    if (u_charType(c) == U_NON_SPACING_MARK) continue;
    // Letters that have no decomposition but are typed without their stroke.
    switch (c) {
      case 0x00F8:
        out.append(static_cast<UChar32>('o'));
        break;
      case 0x0142:
        out.append(static_cast<UChar32>('l'));
        break;
      case 0x0111:
        out.append(static_cast<UChar32>('d'));
        break;
      case 0x0131:
        out.append(static_cast<UChar32>('i'));
        break;
      case 0x00E6:
        out.append("ae");
        break;
      case 0x0153:
        out.append("oe");
        break;
      default:
        out.append(c);
    }
  }
  std::string result;
  return out.toUTF8String(result);
}

std::string clean_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  bool pending_space = false;
  for (std::size_t at = 0; at < name.size();) {
    const auto [c, bytes] = character_at(name, at);
    const std::string_view written = name.substr(at, bytes);
    at += bytes;
    if (c >= 0 && is_space(c)) {
      pending_space = !out.empty();
      continue;
    }
    if (c >= 0 && u_charType(c) == U_CONTROL_CHAR) continue;
    if (pending_space) out += ' ';
    pending_space = false;
    out += c < 0 ? kReplacement : written;
  }
  return out;
}

}  // namespace memllm
