// Text as bytes: valid UTF-8, hashes, shortening.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memllm {

bool is_valid_utf8(std::string_view text);

// Replaces every maximal invalid sequence, and NUL, by U+FFFD. Valid text comes back unchanged.
std::string repair_utf8(std::string_view text);

// 128-bit XXH3 as 32 lower-case hex digits. For change detection and fingerprints, not for secrets.
std::string content_hash(std::string_view bytes);

// The first max_bytes bytes of text, cut back to a character's boundary, with "…" if anything was cut.
std::string ellipsis(std::string_view text, std::size_t max_bytes);

}  // namespace memllm
