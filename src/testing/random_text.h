// Text that is hard on names.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace memllm {

// Valid text with many characters that normalisation touches.
inline std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "a",  "B",      "é", "e\u0301", " ",      "\u00A0", "\t",           "“",          "’",      "—",    "İ",
      "ß",  "ﬁ",      "Å", "\u200B",  "\u00AD", "\uFEFF", "\u0308",       "\u00A8",     "\uFE31", "日本", "Ω",
      "\n", "\u2028", "-", "'",       "½",      "Ⅷ",      "\u1E9B\u0323", "\U0001F600", "\u0600"};
  std::string text;
  for (std::size_t i = random() % 12; i > 0; --i) text += kPieces[random() % kPieces.size()];
  return text;
}

}  // namespace memllm
