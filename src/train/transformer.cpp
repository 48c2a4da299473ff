#include "train/transformer.h"

#include <cmath>

#include "memllm/error.h"
#include "train/attention.h"
#include "train/fused_rows.h"

namespace memllm {

TransformerConfig read_config(const GgufWeights& weights) {
  TransformerConfig config;
  config.name = weights.text("general.architecture");
  const std::string prefix = config.name + ".";
  const bool gemma = config.name == "gemma3";
  if (!gemma && config.name != "llama") {
    throw Error(ErrorKind::kModel, "architecture '" + config.name + "' cannot be trained; known: gemma3, llama (Mistral included)");
  }
  if (weights.integer(prefix + "expert_count", 0) > 0) throw Error(ErrorKind::kModel, "mixtures of experts cannot be trained");
  if (weights.number(prefix + "rope.scaling.factor", 1.0) != 1.0)
    throw Error(ErrorKind::kModel, "rope scaling is not supported in training");
  for (const char* cap : {"final_logit_softcapping", "attn_logit_softcapping"}) {
    if (weights.number(prefix + cap, 0.0) != 0.0) throw Error(ErrorKind::kModel, "soft-capping of logits is not supported in training");
  }
  config.architecture = gemma ? TransformerConfig::Architecture::kGemma3 : TransformerConfig::Architecture::kLlama;
  config.layers = weights.integer(prefix + "block_count");
  config.width = weights.integer(prefix + "embedding_length");
  config.heads = weights.integer(prefix + "attention.head_count");
  config.kv_heads = weights.integer(prefix + "attention.head_count_kv", config.heads);
  config.head_width = weights.integer(prefix + "attention.key_length", config.width / config.heads);
  config.rope_width = weights.integer(prefix + "rope.dimension_count", config.head_width);
  config.norm_epsilon = weights.number(prefix + "attention.layer_norm_rms_epsilon");
  config.rope_base = weights.number(prefix + "rope.freq_base", 10'000.0);
  config.attention_scale = 1 / std::sqrt(static_cast<double>(config.head_width));
  if (gemma) {
    config.sliding_window = weights.integer(prefix + "attention.sliding_window", 0);
    // As in llama.cpp's gemma3 model: five windowed layers, then one that sees everything; the 27B model scales by width / heads.
    constexpr std::int64_t kPeriod = 6, kLayersOf27B = 62;
    if (weights.integer(prefix + "attention.sliding_window_pattern", kPeriod) != kPeriod)
      throw Error(ErrorKind::kModel, "another pattern of windowed layers than every sixth without one is not supported in training");
    config.window_period = kPeriod;
    config.rope_base_window = weights.number(prefix + "rope.freq_base_swa", 10'000.0);
    config.embedding_scale = std::sqrt(static_cast<double>(config.width));
    if (config.layers == kLayersOf27B)
      config.attention_scale = 1 / std::sqrt(static_cast<double>(config.width) / static_cast<double>(config.heads));
  } else {
    config.rope_base_window = config.rope_base;
  }
  return config;
}

torch::Tensor LoraProjection::apply(const torch::Tensor& input) const {
  const auto type = input.scalar_type();
  if (full.defined()) return torch::matmul(input, full.to(type).t());
  const torch::Tensor update = torch::matmul(torch::matmul(input, a.to(type).t()), (b * scale).to(type).t());
  // Not addmm: with bfloat16 and AMX, oneDNN 2.6 (Debian 12) at times throws std::bad_alloc while it compiles a product that adds.
  return torch::matmul(input, weight.t()).add_(update);
}

Transformer::Transformer(const GgufWeights& weights, const LoraOptions& lora, torch::Dtype compute, torch::Device device)
    : config_(read_config(weights)), compute_(compute) {
  embedding_ = weights.load("token_embd.weight", compute, device);
  head_ = weights.has("output.weight") ? weights.load("output.weight", compute, device) : embedding_;
  output_norm_ = weights.load("output_norm.weight", torch::kFloat, device);
  if (weights.has("rope_freqs.weight")) rope_factors_ = weights.load("rope_freqs.weight", torch::kFloat, device);
  config_.vocabulary = embedding_.size(0);
  torch::manual_seed(lora.seed);
  for (std::int64_t i = 0; i < config_.layers; ++i) layers_.push_back(load_layer(weights, i, lora, device));
}

Transformer::Layer Transformer::load_layer(const GgufWeights& weights, std::int64_t index, const LoraOptions& lora,
                                           torch::Device device) const {
  const std::string prefix = "blk." + std::to_string(index) + ".";
  const auto projection = [&](const std::string& name) {
    LoraProjection made;
    made.name = prefix + name + ".weight";
    made.weight = weights.load(made.name, compute_, device);
    made.scale = lora.alpha / static_cast<double>(lora.rank);
    const double bound = 1 / std::sqrt(static_cast<double>(made.weight.size(1)));
    made.a = torch::empty({lora.rank, made.weight.size(1)}).uniform_(-bound, bound).to(device).requires_grad_(true);
    made.b = torch::zeros({made.weight.size(0), lora.rank}, torch::TensorOptions().device(device)).requires_grad_(true);
    return made;
  };
  const auto norm_weight = [&](const std::string& name) { return weights.load(prefix + name + ".weight", torch::kFloat, device); };
  Layer layer{projection("attn_q"),
              projection("attn_k"),
              projection("attn_v"),
              projection("attn_output"),
              projection("ffn_gate"),
              projection("ffn_up"),
              projection("ffn_down"),
              norm_weight("attn_norm"),
              norm_weight("ffn_norm"),
              {},
              {},
              {},
              {}};
  if (config_.architecture == TransformerConfig::Architecture::kGemma3) {
    layer.q_norm = norm_weight("attn_q_norm");
    layer.k_norm = norm_weight("attn_k_norm");
    layer.post_attention_norm = norm_weight("post_attention_norm");
    layer.post_ffn_norm = norm_weight("post_ffw_norm");
  }
  return layer;
}

torch::Tensor Transformer::norm(const torch::Tensor& input, const torch::Tensor& weight) const {
  return rms_norm(input, weight, config_.norm_epsilon, compute_);
}

Transformer::Rotation Transformer::rotation(const torch::Tensor& positions, double base) const {
  const std::int64_t pairs = config_.rope_width / 2;
  const auto options = positions.options().dtype(torch::kFloat);
  torch::Tensor frequencies = torch::pow(base, torch::arange(pairs, options) * (-2.0 / static_cast<double>(config_.rope_width)));
  if (rope_factors_.defined()) frequencies = frequencies / rope_factors_;
  const torch::Tensor angles = positions.to(torch::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  return {angles.cos(), angles.sin()};
}

// heads [H, T, head_width]. Gemma turns the halves of a head against each other (NEOX), Llama's GGUF neighbouring pairs.
torch::Tensor Transformer::rotate(const torch::Tensor& heads, const Rotation& rotation) const {
  const torch::Tensor turned = heads.slice(2, 0, config_.rope_width).to(torch::kFloat);
  torch::Tensor result;
  if (config_.architecture == TransformerConfig::Architecture::kGemma3) {
    const auto halves = turned.chunk(2, 2);
    result =
        torch::cat({halves[0] * rotation.cosine - halves[1] * rotation.sine, halves[0] * rotation.sine + halves[1] * rotation.cosine}, 2);
  } else {
    const torch::Tensor pairs = turned.view({turned.size(0), turned.size(1), config_.rope_width / 2, 2});
    const torch::Tensor first = pairs.select(3, 0), second = pairs.select(3, 1);
    result = torch::stack({first * rotation.cosine - second * rotation.sine, first * rotation.sine + second * rotation.cosine}, 3)
                 .view(turned.sizes());
  }
  if (config_.rope_width == config_.head_width) return result.to(compute_);
  return torch::cat({result.to(compute_), heads.slice(2, config_.rope_width)}, 2);
}

torch::Tensor Transformer::attention(const Layer& layer, const torch::Tensor& input, std::span<const AttentionBlock> blocks,
                                     const Rotation& rotation) const {
  const std::int64_t tokens = input.size(0);
  const auto heads = [&](const LoraProjection& projection, std::int64_t count, const torch::Tensor& norm_weight) {
    torch::Tensor all = projection.apply(input).view({tokens, count, config_.head_width});
    if (norm_weight.defined()) all = norm(all, norm_weight);
    return all.transpose(0, 1);
  };
  const torch::Tensor query = heads(layer.q, config_.heads, layer.q_norm), key = heads(layer.k, config_.kv_heads, layer.k_norm);
  const torch::Tensor mixed = masked_attention(rotate(query, rotation), rotate(key, rotation), heads(layer.v, config_.kv_heads, {}), blocks,
                                               config_.attention_scale);
  return layer.output.apply(mixed.transpose(0, 1).reshape({tokens, config_.heads * config_.head_width}));
}

torch::Tensor Transformer::feed_forward(const Layer& layer, const torch::Tensor& input) const {
  const torch::Tensor gate = layer.gate.apply(input), up = layer.up.apply(input);
  const bool gemma = config_.architecture == TransformerConfig::Architecture::kGemma3;
  return layer.down.apply(gemma ? gelu_times(gate, up) : torch::silu(gate) * up);
}

torch::Tensor Transformer::hidden(const PackedBatch& batch) const {
  torch::Tensor state = embedding_.index_select(0, batch.tokens).to(torch::kFloat) * config_.embedding_scale;
  const Rotation everywhere = rotation(batch.positions, config_.rope_base);
  const Rotation windowed = rotation(batch.positions, config_.rope_base_window);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const bool window = config_.window_in_layer(static_cast<std::int64_t>(i));
    torch::Tensor change =
        attention(layer, norm(state, layer.attention_norm), window ? batch.blocks_window : batch.blocks, window ? windowed : everywhere);
    if (layer.post_attention_norm.defined()) change = norm(change, layer.post_attention_norm);
    state = state + change;
    change = feed_forward(layer, norm(state, layer.ffn_norm));
    if (layer.post_ffn_norm.defined()) change = norm(change, layer.post_ffn_norm);
    state = state + change;
  }
  return norm(state, output_norm_);
}

std::vector<LoraProjection*> Transformer::projections() {
  std::vector<LoraProjection*> all;
  for (Layer& layer : layers_) {
    for (LoraProjection* projection : {&layer.q, &layer.k, &layer.v, &layer.output, &layer.gate, &layer.up, &layer.down})
      all.push_back(projection);
  }
  return all;
}

std::vector<torch::Tensor> Transformer::parameters() {
  std::vector<torch::Tensor> all;
  for (const LoraProjection* projection : projections()) {
    if (projection->full.defined()) {
      all.push_back(projection->full);
      continue;
    }
    all.push_back(projection->a);
    all.push_back(projection->b);
  }
  return all;
}

void Transformer::train_weights() {
  for (LoraProjection* projection : projections()) {
    torch::NoGradGuard guard;
    const torch::Tensor update = torch::matmul(projection->b, projection->a) * projection->scale;
    projection->full = (projection->weight.to(torch::kFloat) + update).detach().requires_grad_(true);
  }
}

}  // namespace memllm
