// For tests: a model whose decoders are compared, at every step, with encoding everything again.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "testing/forwarding_model.h"

namespace memllm {

// What the decoders of a ComparedModel found.
struct Comparison {
  std::size_t rows = 0, reused = 0;  // rows compared; those of them that were decoded behind a kept prefix
  double mean = 0, worst = 0;        // of the rows' mean absolute differences of logits
};

// Only rows of LogitsWanted::kLast are compared.
class ComparedModel final : public ForwardingModel {
 public:
  using ForwardingModel::ForwardingModel;

  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override {
    return std::make_unique<Comparing>(ForwardingModel::make_decoder(options),
                                       ForwardingModel::make_decoder({options.adapter, 1, options.max_tokens}), found);
  }

  Comparison found;

 private:
  class Comparing final : public ForwardingDecoder {
   public:
    Comparing(std::unique_ptr<Decoder> decoder, std::unique_ptr<Decoder> fresh, Comparison& found)
        : ForwardingDecoder(std::move(decoder)), fresh_(std::move(fresh)), found_(found) {}

    void decode(std::span<const DecodeItem> items) override {
      ForwardingDecoder::decode(items);
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].logits == LogitsWanted::kLast) compare(logits(i, 0), tokens(items[i].sequence), items[i].tokens.size());
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

    std::unique_ptr<Decoder> fresh_;
    Comparison& found_;
  };
};

}  // namespace memllm
