// For tests: a model and its decoders that hand everything on, for those that watch one thing of another model.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/language_model.h"

namespace memllm {

class ForwardingDecoder : public Decoder {
 public:
  explicit ForwardingDecoder(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

  std::size_t sequences() const override { return decoder_->sequences(); }
  std::size_t max_tokens() const override { return decoder_->max_tokens(); }
  void decode(std::span<const DecodeItem> items) override { decoder_->decode(items); }
  std::span<const float> logits(std::size_t item, std::size_t row) const override { return decoder_->logits(item, row); }
  std::span<const Token> tokens(SequenceId sequence) const override { return decoder_->tokens(sequence); }
  void truncate(SequenceId sequence, std::size_t length) override { decoder_->truncate(sequence, length); }

 private:
  std::unique_ptr<Decoder> decoder_;
};

class ForwardingModel : public LanguageModel {
 public:
  explicit ForwardingModel(std::shared_ptr<LanguageModel> model) : model_(std::move(model)) {}

  std::string fingerprint() const override { return model_->fingerprint(); }
  std::size_t vocabulary() const override { return model_->vocabulary(); }
  Token bos() const override { return model_->bos(); }
  Token eos() const override { return model_->eos(); }
  std::vector<Token> tokenize(std::string_view text) const override { return model_->tokenize(text); }
  std::string piece(Token token) const override { return model_->piece(token); }
  bool is_control(Token token) const override { return model_->is_control(token); }
  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override { return model_->make_decoder(options); }

 private:
  std::shared_ptr<LanguageModel> model_;
};

}  // namespace memllm
