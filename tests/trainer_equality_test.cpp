// The trainer computes what llama.cpp runs: same GGUF, same tokens, same logits; with an exported adapter too.
//
// Tolerance. llama.cpp rounds the activations of every quantised product to 8 bits (Q8_0/Q8_K), the trainer keeps them in float, so logits
// cannot be equal: on this model llama.cpp differs from itself by as much between batch shapes. We ask for a mean KL divergence below .02
// nats a position and for the same best token at 9 of 10 positions; an error in the architecture (a norm, a rotation base, the window's
// pattern) gives whole nats.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/scratch_folder.h"
#include "llm/llama_model.h"
#include "train/adapter_file.h"
#include "train/head_loss.h"
#include "train/packed_batch.h"
#include "train/transformer.h"

namespace memllm {
namespace {

constexpr const char* kText =
    "The Skagerrak is a strait running between the Jutland peninsula of Denmark, the southeast coast of Norway and the west coast of "
    "Sweden, connecting the North Sea and the Kattegat sea area. It contains some of the busiest shipping routes in the world.";

struct Agreement {
  double mean_kl = 0;
  double same_best = 0;  // share of positions
};

Agreement compare(const torch::Tensor& trainer, const torch::Tensor& runtime) {
  const torch::Tensor expected = torch::log_softmax(runtime, -1), actual = torch::log_softmax(trainer, -1);
  Agreement agreement;
  agreement.mean_kl = (expected.exp() * (expected - actual)).sum(-1).mean().item<double>();
  agreement.same_best = expected.argmax(-1).eq(actual.argmax(-1)).to(torch::kFloat).mean().item<double>();
  return agreement;
}

torch::Tensor runtime_logits(LanguageModel& model, const std::vector<Token>& tokens, const std::filesystem::path& adapter) {
  const auto decoder = model.make_decoder({.adapter = adapter, .sequences = 1, .max_tokens = 512});
  const DecodeItem item{0, tokens, LogitsWanted::kAll};
  decoder->decode({&item, 1});
  torch::Tensor logits = torch::empty({static_cast<std::int64_t>(tokens.size()), static_cast<std::int64_t>(model.vocabulary())});
  for (std::size_t row = 0; row < tokens.size(); ++row) {
    const auto values = decoder->logits(0, row);
    std::copy(values.begin(), values.end(), logits[static_cast<std::int64_t>(row)].data_ptr<float>());
  }
  return logits;
}

torch::Tensor trainer_logits(const Transformer& model, const std::vector<Token>& tokens) {
  Example example;
  example.segments.push_back({.tokens = tokens, .weights = std::vector<float>(tokens.size(), 0)});
  const Example* one = &example;
  const torch::NoGradGuard guard;
  const PackedBatch batch = pack({&one, 1}, model.config().sliding_window, model.config().vocabulary, torch::kCPU);
  return torch::matmul(model.hidden(batch).slice(0, 0, static_cast<std::int64_t>(tokens.size())), model.head().t());
}

class TrainerEquality : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("MEMLLM_MODEL");
    if (path == nullptr) GTEST_SKIP() << "MEMLLM_MODEL does not name the base model's GGUF (./run test sets it)";
    LlamaModelOptions options;
    options.model = path;
    runtime_ = load_llama_model(options);
    trainer_ = std::make_unique<Transformer>(GgufWeights(path), LoraOptions{}, torch::kFloat, torch::kCPU);
    tokens_ = runtime_->tokenize(kText);
    if (runtime_->bos() >= 0) tokens_.insert(tokens_.begin(), runtime_->bos());
  }

  std::shared_ptr<LanguageModel> runtime_;
  std::unique_ptr<Transformer> trainer_;
  std::vector<Token> tokens_;
};

TEST_F(TrainerEquality, BaseModelHasTheRuntimesLogits) {
  const Agreement agreement = compare(trainer_logits(*trainer_, tokens_), runtime_logits(*runtime_, tokens_, {}));
  RecordProperty("mean_kl", std::to_string(agreement.mean_kl));
  EXPECT_LT(agreement.mean_kl, 0.02);
  EXPECT_GT(agreement.same_best, 0.9);
}

TEST_F(TrainerEquality, ExportedAdapterGivesTheTrainersLogitsInTheRuntime) {
  const torch::Tensor base = trainer_logits(*trainer_, tokens_);
  {
    const torch::NoGradGuard guard;
    for (LoraProjection* projection : trainer_->projections()) projection->b.normal_(0, 0.04);
  }
  const ScratchFolder folder;
  const auto file = folder / "adapter.gguf";
  write_adapter(file, trainer_->config(), LoraOptions{}, trainer_->projections(), {});
  const torch::Tensor adapted = trainer_logits(*trainer_, tokens_);
  const Agreement agreement = compare(adapted, runtime_logits(*runtime_, tokens_, file));
  EXPECT_GT(compare(adapted, base).mean_kl, 0.2) << "the adapter must change something for this test to mean anything";
  EXPECT_LT(agreement.mean_kl, 0.03);
  EXPECT_GT(agreement.same_best, 0.9);
}

}  // namespace
}  // namespace memllm
