// A causal language model as tokens, logits and sequences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memllm {

using Token = std::int32_t;
using SequenceId = std::int32_t;  // 0 … sequences-1 of a Decoder

// Which logits rows decode keeps of an item.
enum class LogitsWanted { kNone, kLast, kAll };

struct DecodeItem {
  SequenceId sequence = 0;
  std::span<const Token> tokens;  // appended to the sequence
  LogitsWanted logits = LogitsWanted::kLast;
};

// One KV cache under one adapter. A sequence is the list of tokens it holds; positions count from 0.
// Thread rule: one thread at a time, and only one Decoder of a model decodes at a time.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual std::size_t sequences() const = 0;
  virtual std::size_t max_tokens() const = 0;  // of one sequence
  // Appends each item to its sequence, in as few batches as fit. A sequence may appear once a call. Throws kInvalidArgument when a
  // sequence would exceed max_tokens (nothing is decoded), kModel when the runtime fails, kCancelled.
  virtual void decode(std::span<const DecodeItem> items) = 0;
  // Logits of the last decode: row of item's wanted rows (kLast: row 0 is after the item's last token; kAll: row i is after token i).
  // vocabulary floats; valid until the next decode.
  virtual std::span<const float> logits(std::size_t item, std::size_t row = 0) const = 0;
  virtual std::span<const Token> tokens(SequenceId sequence) const = 0;
  // Drops everything from position length on. Exact: what follows is as if it had never been decoded.
  virtual void truncate(SequenceId sequence, std::size_t length) = 0;
};

struct DecoderOptions {
  std::filesystem::path adapter;  // LoRA GGUF; empty: base model
  std::size_t sequences = 1;
  std::size_t max_tokens = 2048;  // a sequence
};

// Thread rule: the const functions from any thread; make_decoder and Decoders from one thread.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;
  virtual std::string fingerprint() const = 0;  // hash of the model file
  virtual std::size_t vocabulary() const = 0;
  virtual Token bos() const = 0;  // -1: the model has none
  virtual Token eos() const = 0;
  // Plain text to tokens; never adds BOS, never parses control tokens. May return tokens that happen to be markers: see CallFormat.
  virtual std::vector<Token> tokenize(std::string_view text) const = 0;
  virtual std::string piece(Token token) const = 0;  // bytes of the token as text; control tokens: ""
  virtual bool is_control(Token token) const = 0;    // control, unused or unknown: never to be generated as text
  virtual std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) = 0;
};

std::string detokenize(const LanguageModel& model, std::span<const Token> tokens);

// Makes sequence hold exactly tokens, decoding only what follows the longest common prefix (at least the last token, so that its
// logits exist as item 0, row 0 of the decoder).
void decode_with_prefix_reuse(Decoder& decoder, SequenceId sequence, std::span<const Token> tokens);

}  // namespace memllm
