#include "terminal/display.h"

#include <unicode/uchar.h>

#include <cstdint>
#include <cstdio>
#include <limits>

#include "base/utf8.h"

namespace memllm::cli {
namespace {

bool is_hidden(UChar32 c) {
  constexpr UChar32 kZeroWidthNonJoiner = 0x200C, kZeroWidthJoiner = 0x200D;
  if (c == kZeroWidthNonJoiner || c == kZeroWidthJoiner) return false;
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
      return true;
    default:
      return false;
  }
}

std::string escape(UChar32 c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "\\u{%x}", static_cast<unsigned>(c));
  return buffer;
}

enum class Breaks { kEscape, kKeep };

std::string escaped(std::string_view raw, Breaks breaks) {
  // Not repair_utf8: that turns NUL into U+FFFD, and here a NUL is shown as what it is.
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const auto [c, bytes] = character_at(raw, at);
    if (c < 0) {
      out += "\uFFFD";
    } else if (is_hidden(c) && !(breaks == Breaks::kKeep && (c == '\n' || c == '\t'))) {
      out += escape(c);
    } else {
      out.append(raw.substr(at, bytes));
    }
    at += bytes;
  }
  return out;
}

std::size_t columns(UChar32 c) {
  const auto type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const auto width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

// Bytes of the longest beginning that takes at most width columns; used: the columns it takes.
std::size_t fitting_bytes(std::string_view text, std::size_t width, std::size_t& used) {
  used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, bytes] = character_at(text, at);
    const std::size_t wide = c < 0 ? 1 : columns(c);
    if (used + wide > width) return at;
    used += wide;
    at += bytes;
  }
  return text.size();
}

}  // namespace

std::string printable(std::string_view text) { return escaped(text, Breaks::kEscape); }

std::string printable_lines(std::string_view text) { return escaped(text, Breaks::kKeep); }

std::size_t display_width(std::string_view printable_text) {
  std::size_t used = 0;
  fitting_bytes(printable_text, std::numeric_limits<std::size_t>::max() / 2, used);
  return used;
}

std::string cut_to_width(std::string_view printable_text, std::size_t width) {
  std::size_t used = 0;
  if (fitting_bytes(printable_text, width, used) == printable_text.size()) return std::string(printable_text);
  if (width == 0) return "";
  const std::size_t bytes = fitting_bytes(printable_text, width - 1, used);
  return std::string(printable_text.substr(0, bytes)) + "…";
}

std::string pad_to_width(std::string_view printable_text, std::size_t width) {
  const std::size_t used = display_width(printable_text);
  std::string out(printable_text);
  if (used < width) out.append(width - used, ' ');
  return out;
}

}  // namespace memllm::cli
