// For tests: a model whose decoders are compared, at every step, with encoding everything again.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/language_model.h"

namespace memllm {

// What the decoders of a ComparedModel found.
struct Comparison {
  std::size_t rows = 0, reused = 0;  // rows compared; those of them that were decoded behind a kept prefix
  double mean = 0, worst = 0;        // of the rows' mean absolute differences of logits
};

// Only rows of LogitsWanted::kLast are compared.
class ComparedDecoder : public Decoder {
 public:
  ComparedDecoder(std::unique_ptr<Decoder> decoder, std::unique_ptr<Decoder> fresh, Comparison& found)
      : decoder_(std::move(decoder)), fresh_(std::move(fresh)), found_(found) {}

  std::size_t sequences() const override { return decoder_->sequences(); }
  std::size_t max_tokens() const override { return decoder_->max_tokens(); }
  std::span<const float> logits(std::size_t item, std::size_t row) const override { return decoder_->logits(item, row); }
  std::span<const Token> tokens(SequenceId sequence) const override { return decoder_->tokens(sequence); }
  void truncate(SequenceId sequence, std::size_t length) override { decoder_->truncate(sequence, length); }

  void decode(std::span<const DecodeItem> items) override {
    decoder_->decode(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].logits == LogitsWanted::kLast)
        compare(decoder_->logits(i, 0), decoder_->tokens(items[i].sequence), items[i].tokens.size());
    }
  }

 private:
  void compare(std::span<const float> row, std::span<const Token> tokens, std::size_t appended) {
    fresh_->truncate(0, 0);
    const DecodeItem all{0, tokens, LogitsWanted::kLast};
    fresh_->decode(std::span(&all, 1));
    const auto expected = fresh_->logits(0, 0);
    double sum = 0;
    for (std::size_t t = 0; t < row.size(); ++t) sum += std::abs(row[t] - expected[t]);
    const double difference = sum / static_cast<double>(row.size());
    ++found_.rows;
    found_.reused += tokens.size() > appended;
    found_.mean += (difference - found_.mean) / static_cast<double>(found_.rows);
    found_.worst = std::max(found_.worst, difference);
  }

  std::unique_ptr<Decoder> decoder_, fresh_;
  Comparison& found_;
};

class ComparedModel : public LanguageModel {
 public:
  explicit ComparedModel(std::shared_ptr<LanguageModel> model) : model_(std::move(model)) {}

  std::string fingerprint() const override { return model_->fingerprint(); }
  std::size_t vocabulary() const override { return model_->vocabulary(); }
  Token bos() const override { return model_->bos(); }
  Token eos() const override { return model_->eos(); }
  std::vector<Token> tokenize(std::string_view text) const override { return model_->tokenize(text); }
  std::string piece(Token token) const override { return model_->piece(token); }
  bool is_control(Token token) const override { return model_->is_control(token); }
  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override {
    return std::make_unique<ComparedDecoder>(model_->make_decoder(options), model_->make_decoder({options.adapter, 1, options.max_tokens}),
                                             found);
  }

  Comparison found;

 private:
  std::shared_ptr<LanguageModel> model_;
};

}  // namespace memllm
