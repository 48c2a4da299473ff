// A guess at how a name goes on: as the text has it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"

namespace memllm {

// The names of a call are mostly copied from the text, whose tokens are therefore likely to follow. Thread rule: immutable.
class NameDraft {
 public:
  NameDraft(const CallFormat& format, std::span<const Token> text);

  // The tokens that follow the last place of the text that spells the name, at most so many; none where the name is empty, or stands
  // nowhere so that a token ends with it.
  std::vector<Token> after(std::span<const Token> name, std::size_t most) const;

 private:
  const CallFormat* format_;
  std::vector<Token> tokens_;
  std::vector<std::size_t> ends_;  // of every token in text_
  std::string text_;
};

}  // namespace memllm
