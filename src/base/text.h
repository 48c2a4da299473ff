// UTF-8 and the normalisation under which two names are the same name.
#pragma once

#include <string>
#include <string_view>

namespace memllm {

bool is_valid_utf8(std::string_view text);

// Replaces every maximal invalid sequence, and NUL, by U+FFFD. Valid text comes back unchanged.
std::string repair_utf8(std::string_view text);

// NFKC, case-folded, white space runs to one space, trimmed, curly quotes and dashes to ASCII, format characters dropped. The key under
// which names are compared; never shown. REQUIRES: valid UTF-8.
std::string normalise_name(std::string_view name);

// White space runs (line breaks too) to one space, trimmed; control characters dropped. For display and for prompts.
std::string clean_name(std::string_view name);

// 128-bit XXH3 as 32 lower-case hex digits. For change detection and fingerprints, not for secrets.
std::string content_hash(std::string_view bytes);

// The first max_bytes bytes of text, cut back to a character's boundary, with "…" if anything was cut.
std::string ellipsis(std::string_view text, std::size_t max_bytes);

}  // namespace memllm
