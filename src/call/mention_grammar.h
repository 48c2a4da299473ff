// Decoding rule: the names of a fact stand in the text that states it.
#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace memllm {

// A text, and the name that is being written, as the model spells it: compared byte by byte, so that a character may come in parts.
class MentionGrammar {
 public:
  explicit MentionGrammar(std::string text);

  // The name written so far.
  void set_name(std::string_view name);
  // Whether the text goes on so behind a mention of the name. A mention begins at a word's edge, not with a space.
  bool admits(std::string_view piece) const;
  // Whether the name ends at a word's edge of the text.
  bool is_mention() const { return is_mention_; }

 private:
  std::string text_;
  std::vector<std::size_t> starts_;  // where a name may begin
  std::vector<std::size_t> ends_;    // where the text goes on behind the name
  std::bitset<256> next_bytes_;      // of the text at ends_: most pieces fail here
  bool is_mention_ = false;
};

}  // namespace memllm
