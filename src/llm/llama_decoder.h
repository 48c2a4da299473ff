// A llama.cpp context as a Decoder. Private to this room.
//
// Cache: one stream a sequence (kv_unified false). Measured with Gemma 3 270M Q4_K_M, 8 sequences of 300 tokens, 1 thread of an AMD EPYC
// with AVX-512, CPU time: prompts 503 tokens/s against 466 unified, a step of 8 sequences 80 ms against 87. Memory of
// the cache: sequences * max_tokens * 18 KiB.
//
// Logits: the rows of a decode's last batch are read in llama.cpp's buffer; earlier ones are copied, at most 128 rows a batch. A row is 1
// MiB with a vocabulary of 262,144, so kAll costs 1 MiB a token: decode long texts in parts.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "llm/language_model.h"
#include "llm/llama_handles.h"
#include "memllm/options.h"

namespace memllm {

// What a decoder needs of its model; keeps the weights alive.
struct LlamaRuntime {
  std::shared_ptr<llama_model> model;
  std::string fingerprint;
  std::size_t vocabulary = 0;
  int threads = 1;
  Logger logger;
};

class LlamaDecoder final : public Decoder {
 public:
  // Throws kInvalidArgument (0 or too many sequences, more tokens than the model was trained for), kNotFound (no adapter file), kModel (the
  // adapter does not fit, the context cannot be made: usually memory).
  LlamaDecoder(const LlamaRuntime& runtime, const DecoderOptions& options);

  std::size_t sequences() const override { return tokens_.size(); }
  std::size_t max_tokens() const override { return max_tokens_; }
  void decode(std::span<const DecodeItem> items) override;
  std::span<const float> logits(std::size_t item, std::size_t row) const override;
  std::span<const Token> tokens(SequenceId sequence) const override;
  void truncate(SequenceId sequence, std::size_t length) override;

 private:
  struct Batch;

  bool fill(Batch& batch, std::span<const DecodeItem> items, std::vector<std::size_t>& done) const;
  void run(Batch& batch);
  void keep_rows();
  void forget_rows();
  void roll_back(std::span<const DecodeItem> items);

  LlamaRuntime runtime_;
  LlamaAdapterPtr adapter_;  // outlives context_: freeing an adapter that is set crashes
  LlamaContextPtr context_;
  std::size_t max_tokens_;
  std::vector<std::vector<Token>> tokens_;  // of each sequence
  // Rows of the last decode: rows_[item][row]. Those of its last batch stand in llama.cpp's own buffer, earlier ones in kept_.
  std::vector<std::vector<const float*>> rows_;
  std::vector<std::pair<std::size_t, std::size_t>> fresh_;  // (item, row) of the rows in llama.cpp's buffer
  std::vector<std::unique_ptr<float[]>> kept_;
};

}  // namespace memllm
