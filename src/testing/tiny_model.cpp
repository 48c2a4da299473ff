#include "testing/tiny_model.h"

#include <ggml.h>
#include <gguf.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "base/scratch_folder.h"

namespace memllm::test {

namespace {

constexpr std::int64_t kWidth = 16, kHeadWidth = 8, kHeads = 2, kFeedForward = 24, kVocabulary = 64;
constexpr std::uint32_t kLayers = 2;

class TinyModel {
 public:
  explicit TinyModel(const std::string& architecture)
      : architecture_(architecture),
        tensors_(ggml_init({.mem_size = 1 << 22, .mem_buffer = nullptr, .no_alloc = false}), ggml_free),
        file_(gguf_init_empty(), gguf_free) {}

  std::filesystem::path write() {
    const bool gemma = architecture_ == "gemma3";
    const std::int64_t kv_heads = gemma ? 1 : 2;
    set_metadata(static_cast<std::uint32_t>(kv_heads));
    add("token_embd.weight", kWidth, kVocabulary);
    add("output_norm.weight", kWidth, 0);
    for (std::uint32_t i = 0; i < kLayers; ++i) {
      const std::string prefix = "blk." + std::to_string(i) + ".";
      add(prefix + "attn_norm.weight", kWidth, 0);
      add(prefix + "ffn_norm.weight", kWidth, 0);
      add(prefix + "attn_q.weight", kWidth, kHeads * kHeadWidth);
      add(prefix + "attn_k.weight", kWidth, kv_heads * kHeadWidth);
      add(prefix + "attn_v.weight", kWidth, kv_heads * kHeadWidth);
      add(prefix + "attn_output.weight", kHeads * kHeadWidth, kWidth);
      add(prefix + "ffn_gate.weight", kWidth, kFeedForward);
      add(prefix + "ffn_up.weight", kWidth, kFeedForward);
      add(prefix + "ffn_down.weight", kFeedForward, kWidth);
      if (!gemma) continue;
      add(prefix + "attn_q_norm.weight", kHeadWidth, 0);
      add(prefix + "attn_k_norm.weight", kHeadWidth, 0);
      add(prefix + "post_attention_norm.weight", kWidth, 0);
      add(prefix + "post_ffw_norm.weight", kWidth, 0);
    }
    static const ScratchFolder folder;  // until the process ends
    const auto path = folder / (architecture_ + ".gguf");
    EXPECT_TRUE(gguf_write_to_file(file_.get(), path.c_str(), false));
    return path;
  }

 private:
  void set_metadata(std::uint32_t kv_heads) {
    const auto set = [&](const std::string& key, std::uint32_t value) {
      gguf_set_val_u32(file_.get(), (architecture_ + "." + key).c_str(), value);
    };
    gguf_set_val_str(file_.get(), "general.architecture", architecture_.c_str());
    set("block_count", kLayers);
    set("embedding_length", kWidth);
    set("attention.head_count", kHeads);
    set("attention.head_count_kv", kv_heads);
    set("attention.key_length", kHeadWidth);
    set("attention.sliding_window", 6);
    gguf_set_val_f32(file_.get(), (architecture_ + ".attention.layer_norm_rms_epsilon").c_str(), 1e-6F);
    gguf_set_val_f32(file_.get(), (architecture_ + ".rope.freq_base").c_str(), 100.0F);
  }

  // A norm's weight (rows 0) lies around one, a matrix around zero.
  void add(const std::string& name, std::int64_t columns, std::int64_t rows) {
    ggml_tensor* tensor = rows == 0 ? ggml_new_tensor_1d(tensors_.get(), GGML_TYPE_F32, columns)
                                    : ggml_new_tensor_2d(tensors_.get(), GGML_TYPE_F32, columns, rows);
    std::normal_distribution<float> normal(rows == 0 ? 1.0F : 0.0F, 0.3F);
    for (std::int64_t i = 0; i < ggml_nelements(tensor); ++i) static_cast<float*>(tensor->data)[i] = normal(random_);
    ggml_set_name(tensor, name.c_str());
    gguf_add_tensor(file_.get(), tensor);
  }

  std::string architecture_;
  std::unique_ptr<ggml_context, void (*)(ggml_context*)> tensors_;
  std::unique_ptr<gguf_context, void (*)(gguf_context*)> file_;
  std::mt19937 random_{7};
};

}  // namespace

std::filesystem::path write_tiny_model(const std::string& architecture) { return TinyModel(architecture).write(); }

}  // namespace memllm::test
