// Gemma 3 and Llama/Mistral as llama.cpp computes them, with LoRA on the projections.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/gguf_weights.h"
#include "train/packed_batch.h"

namespace memllm {

struct TransformerConfig {
  enum class Architecture { kGemma3, kLlama } architecture = Architecture::kGemma3;
  std::string name;  // general.architecture, for the adapter's metadata
  std::int64_t layers = 0, width = 0, heads = 0, kv_heads = 0, head_width = 0, rope_width = 0, vocabulary = 0;
  std::int64_t sliding_window = 0;  // 0: none
  std::int64_t window_period = 1;   // every window_period-th layer sees everything, the others the window
  double norm_epsilon = 1e-6;
  double rope_base = 10'000, rope_base_window = 10'000;
  double attention_scale = 1;
  double embedding_scale = 1;
  bool window_in_layer(std::int64_t layer) const { return sliding_window > 0 && layer % window_period < window_period - 1; }
};

// Throws kModel for another architecture, or one whose metadata asks for what is not computed here (rope scaling, soft-capping, experts).
TransformerConfig read_config(const GgufWeights& weights);

struct LoraOptions {
  std::int64_t rank = 16;
  double alpha = 32;
  std::uint64_t seed = 1;
};

// A frozen projection with its low-rank update: y = x Wᵀ + (alpha / rank) (x Aᵀ) Bᵀ. A [rank, in] starts uniform (Kaiming), B [out, rank]
// at zero.
struct LoraProjection {
  std::string name;      // "blk.3.attn_q.weight"
  torch::Tensor weight;  // [out, in], frozen
  torch::Tensor a, b;    // float, trained
  torch::Tensor full;    // float, trained in their place where it is defined: the weight itself
  double scale = 1;
  torch::Tensor apply(const torch::Tensor& input) const;
};

// Thread rule: const functions from any thread, the others from one at a time.
class Transformer {
 public:
  // compute: kBFloat16 or kFloat, the type of the frozen weights and of the activations between norms.
  Transformer(const GgufWeights& weights, const LoraOptions& lora, torch::Dtype compute, torch::Device device);

  const TransformerConfig& config() const { return config_; }
  // Final hidden states after the output norm: [T, width], in the compute type.
  torch::Tensor hidden(const PackedBatch& batch) const;
  const torch::Tensor& head() const { return head_; }  // [vocabulary, width]; the embedding itself where tied
  std::vector<LoraProjection*> projections();
  void train_weights();                     // the projections' own, from now on, instead of a and b
  std::vector<torch::Tensor> parameters();  // what is trained of every projection

 private:
  struct Layer {
    LoraProjection q, k, v, output, gate, up, down;
    torch::Tensor attention_norm, ffn_norm;
    torch::Tensor q_norm, k_norm, post_attention_norm, post_ffn_norm;  // Gemma only
  };
  struct Rotation {
    torch::Tensor cosine, sine;  // [T, rope_width / 2] float
  };
  Layer load_layer(const GgufWeights& weights, std::int64_t index, const LoraOptions& lora, torch::Device device) const;
  torch::Tensor norm(const torch::Tensor& input, const torch::Tensor& weight) const;
  torch::Tensor attention(const Layer& layer, const torch::Tensor& input, std::span<const AttentionBlock> blocks,
                          const Rotation& rotation) const;
  torch::Tensor feed_forward(const Layer& layer, const torch::Tensor& input) const;
  Rotation rotation(const torch::Tensor& positions, double base) const;
  torch::Tensor rotate(const torch::Tensor& heads, const Rotation& rotation) const;

  TransformerConfig config_;
  torch::Dtype compute_;
  torch::Tensor embedding_, head_, output_norm_, rope_factors_;
  std::vector<Layer> layers_;
};

}  // namespace memllm
