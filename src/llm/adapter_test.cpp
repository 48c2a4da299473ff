// Adapters made on the spot: rank 4 on one attention matrix of Gemma 3 270M.
#include <fstream>
#include <optional>

#include "base/scratch_folder.h"
#include "llm/llama_handles.h"
#include "llm/logits.h"
#include "llm/widened_model.h"
#include "memllm/error.h"
#include "testing/gemma_for_tests.h"

namespace memllm {
namespace {

struct AdapterFile {
  std::string architecture = "gemma3";
  std::optional<std::string> base_model = std::nullopt;
  std::string tensor = "blk.3.attn_q.weight";
  std::string type = "adapter";
  int in = 640, out = 1024;
  float b = 0;  // every element of lora_b

  void write(const std::filesystem::path& file) const {
    constexpr int kRank = 4;
    const std::unique_ptr<ggml_context, decltype(&ggml_free)> context(ggml_init({1 << 20, nullptr, false}), ggml_free);
    const GgufPtr gguf(gguf_init_empty());
    gguf_set_val_str(gguf.get(), "general.type", type.c_str());
    gguf_set_val_str(gguf.get(), "general.architecture", architecture.c_str());
    gguf_set_val_str(gguf.get(), "adapter.type", "lora");
    gguf_set_val_f32(gguf.get(), "adapter.lora.alpha", 4);
    if (base_model) gguf_set_val_str(gguf.get(), "memllm.base_model", base_model->c_str());
    ggml_tensor* a = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, in, kRank);
    ggml_tensor* b_tensor = ggml_new_tensor_2d(context.get(), GGML_TYPE_F32, kRank, out);
    for (int i = 0; i < in * kRank; ++i) static_cast<float*>(a->data)[i] = static_cast<float>(i % 7 - 3) * 0.1F;
    for (int i = 0; i < out * kRank; ++i) static_cast<float*>(b_tensor->data)[i] = b;
    ggml_set_name(a, (tensor + ".lora_a").c_str());
    ggml_set_name(b_tensor, (tensor + ".lora_b").c_str());
    gguf_add_tensor(gguf.get(), a);
    gguf_add_tensor(gguf.get(), b_tensor);
    ASSERT_TRUE(gguf_write_to_file(gguf.get(), file.c_str(), false));
  }
};

class GemmaAdapter : public GemmaTest {
 protected:
  std::vector<float> logits_under(const std::filesystem::path& adapter) {
    const auto decoder = model_->make_decoder({.adapter = adapter, .sequences = 1, .max_tokens = 64});
    const std::vector<Token> text = with_bos("The capital of France is");
    const DecodeItem item{0, text, LogitsWanted::kLast};
    decoder->decode({&item, 1});
    return {decoder->logits(0).begin(), decoder->logits(0).end()};
  }

  // The message of the kModel error with which the adapter is refused.
  std::string refusal(const std::filesystem::path& adapter) {
    try {
      logits_under(adapter);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
      return error.what();
    }
    return "";
  }

  const ScratchFolder folder_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(GemmaAdapter, AppliesToItsDecoderOnly) {
  AdapterFile{}.write(folder_ / "zero.gguf");
  AdapterFile changed{.base_model = model_->fingerprint(), .b = 0.05F};
  changed.write(folder_ / "changed.gguf");
  const std::vector<float> base = logits_under("");
  EXPECT_EQ(best_token(logits_under(folder_ / "zero.gguf")), best_token(base));
  EXPECT_NE(logits_under(folder_ / "changed.gguf"), base);
  EXPECT_EQ(logits_under(""), base);
}

TEST_F(GemmaAdapter, RefusalsSayWhy) {
  AdapterFile{.architecture = "llama"}.write(folder_ / "llama.gguf");
  EXPECT_TRUE(contains(refusal(folder_ / "llama.gguf"), "architecture 'llama', but the model is 'gemma3'"));
  AdapterFile{.base_model = "0123"}.write(folder_ / "other.gguf");
  EXPECT_TRUE(contains(refusal(folder_ / "other.gguf"), "trained for another base model"));
  AdapterFile{.tensor = "token_embd.weight"}.write(folder_ / "embedding.gguf");
  EXPECT_TRUE(contains(refusal(folder_ / "embedding.gguf"), "token_embd"));
  AdapterFile{.type = "model"}.write(folder_ / "model.gguf");
  EXPECT_TRUE(contains(refusal(folder_ / "model.gguf"), "not a LoRA adapter"));
  AdapterFile{.in = 512}.write(folder_ / "shape.gguf");
  EXPECT_TRUE(contains(refusal(folder_ / "shape.gguf"), "incorrect shape"));
  AdapterFile{.tensor = "blk.99.attn_q.weight"}.write(folder_ / "layer.gguf");
  EXPECT_TRUE(contains(refusal(folder_ / "layer.gguf"), "does not exist in base model"));
  std::ofstream(folder_ / "text.gguf") << "not an adapter";
  EXPECT_TRUE(contains(refusal(folder_ / "text.gguf"), "not a readable GGUF"));
  EXPECT_TRUE(contains(refusal(std::getenv("MEMLLM_MODEL")), "not a LoRA adapter"));
  EXPECT_THROW(model_->make_decoder({.adapter = folder_ / "absent.gguf", .sequences = 1, .max_tokens = 64}), Error);
}

TEST_F(GemmaAdapter, ATruncatedFileIsRefused) {
  AdapterFile{}.write(folder_ / "whole.gguf");
  const auto size = std::filesystem::file_size(folder_ / "whole.gguf");
  for (const std::uintmax_t kept : {size - 1, size / 2, std::uintmax_t{100}, std::uintmax_t{4}, std::uintmax_t{0}}) {
    std::filesystem::copy_file(folder_ / "whole.gguf", folder_ / "cut.gguf", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(folder_ / "cut.gguf", kept);
    EXPECT_NE(refusal(folder_ / "cut.gguf"), "") << kept;
  }
}

TEST_F(GemmaAdapter, AWidenedCopyTakesTheModelsAdaptersAndDoesNotDependOnTheBatch) {
  const ScratchFolder folder;
  const auto widened = folder / "wide.gguf";
  write_widened_model(std::getenv("MEMLLM_MODEL"), widened, {});
  EXPECT_THROW(write_widened_model(std::getenv("MEMLLM_MODEL"), widened, {}), Error);
  AdapterFile{.base_model = model_->fingerprint(), .b = 0.01F}.write(folder / "adapter.gguf");
  const std::vector<float> narrow = logits_under(folder / "adapter.gguf");
  model_ = load_llama_model({.model = widened, .threads = 0, .gpu_layers = 0, .logger = {}});
  const std::vector<float> wide = logits_under(folder / "adapter.gguf");
  EXPECT_EQ(best_token(wide), best_token(narrow));
  // A token at a time instead of all at once.
  const auto decoder = model_->make_decoder({.adapter = folder / "adapter.gguf", .sequences = 1, .max_tokens = 64});
  for (const Token token : with_bos("The capital of France is")) {
    const DecodeItem item{0, {&token, 1}, LogitsWanted::kLast};
    decoder->decode({&item, 1});
  }
  double most = 0;
  for (std::size_t i = 0; i < wide.size(); ++i) most = std::max<double>(most, std::abs(wide[i] - decoder->logits(0)[i]));
  EXPECT_LT(most, 0.2);
}

}  // namespace
}  // namespace memllm
