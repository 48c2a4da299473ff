// What every Decoder checks before it decodes. Private to this room.
#pragma once

#include <span>

#include "llm/language_model.h"

namespace memllm {

// Throws kInvalidArgument for an unknown or repeated sequence, a token outside the vocabulary, logits wanted of no token, or a sequence
// that would become longer than max_tokens.
void check_decode_items(const Decoder& decoder, std::span<const DecodeItem> items, std::size_t vocabulary);

// Throws kInvalidArgument unless 0 ≤ sequence < sequences.
void check_sequence(const Decoder& decoder, SequenceId sequence);

// Throws kInvalidArgument when length is more than the sequence holds.
void check_truncate(const Decoder& decoder, SequenceId sequence, std::size_t length);

}  // namespace memllm
