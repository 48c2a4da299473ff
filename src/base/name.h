// Names of entities and relations, and when two of them are the same.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace memllm {

// Longer names are refused.
inline constexpr std::size_t kMaxNameBytes = 1'000;

// The form in which names are compared and running text is searched for them: NFKC, case-folded, white space runs to one space, trimmed,
// curly quotes and dashes to ASCII, format characters dropped. Never shown. REQUIRES: valid UTF-8.
std::string normalised(std::string_view text);

// The normalised form without accents and other marks on letters ("Café Lumière": "cafe lumiere"): how people type names. REQUIRES: valid
// UTF-8.
std::string without_accents(std::string_view text);

// White space runs (line breaks too) to one space, trimmed; control characters dropped. For display and for prompts.
std::string clean_name(std::string_view name);

// A name as written, and the key under which it is the same name as others. REQUIRES: valid UTF-8.
struct Name {
  Name() = default;
  explicit Name(std::string written) : text(std::move(written)), key(normalised(text)) {}
  explicit Name(std::string_view written) : Name(std::string(written)) {}
  explicit Name(const char* written) : Name(std::string(written)) {}

  bool is_blank() const { return key.empty(); }
  friend bool operator==(const Name& a, const Name& b) { return a.key == b.key; }
  friend std::strong_ordering operator<=>(const Name& a, const Name& b) { return a.key <=> b.key; }

  std::string text;
  std::string key;
};

}  // namespace memllm
