// UTF-8 one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace memllm {

using CodePoint = std::int32_t;  // negative: none, or bytes that are no character

struct Character {
  CodePoint code_point = -1;
  std::size_t bytes = 0;  // that it takes; of an ill-formed sequence: its maximal part; 0: past the text's end
};

// The character that begins at byte `at`.
Character character_at(std::string_view text, std::size_t at);
// The character that ends before byte `end`. bytes 0: at the text's beginning.
Character character_before(std::string_view text, std::size_t end);

// Whether the byte goes on with a character that began before it.
inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }
// The last place up to `at` where no character is cut. REQUIRES: at ≤ text.size(), valid UTF-8.
std::size_t character_boundary(std::string_view text, std::size_t at);

}  // namespace memllm
