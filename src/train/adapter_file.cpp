#include "train/adapter_file.h"

#include <ggml.h>
#include <gguf.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "memllm/error.h"

namespace memllm {

namespace {

struct GgufDeleter {
  void operator()(gguf_context* file) const { gguf_free(file); }
};
struct GgmlDeleter {
  void operator()(ggml_context* tensors) const { ggml_free(tensors); }
};

void add_matrix(gguf_context* file, ggml_context* tensors, const std::string& name, const torch::Tensor& values) {
  const torch::Tensor half = values.detach().to(torch::kCPU).to(torch::kHalf).contiguous();
  ggml_tensor* tensor = ggml_new_tensor_2d(tensors, GGML_TYPE_F16, half.size(1), half.size(0));
  ggml_set_name(tensor, name.c_str());
  std::memcpy(tensor->data, half.data_ptr(), ggml_nbytes(tensor));
  gguf_add_tensor(file, tensor);
}

}  // namespace

void write_adapter(const std::filesystem::path& file, const TransformerConfig& config, const LoraOptions& lora,
                   const std::vector<LoraProjection*>& projections, const std::map<std::string, std::string>& metadata) {
  std::size_t bytes = 0;
  for (const LoraProjection* projection : projections) {
    bytes += static_cast<std::size_t>(projection->a.numel() + projection->b.numel()) * 2 + 2 * (ggml_tensor_overhead() + 64);
  }
  const std::unique_ptr<ggml_context, GgmlDeleter> tensors(ggml_init({.mem_size = bytes, .mem_buffer = nullptr, .no_alloc = false}));
  const std::unique_ptr<gguf_context, GgufDeleter> out(gguf_init_empty());
  gguf_set_val_str(out.get(), "general.type", "adapter");
  gguf_set_val_str(out.get(), "general.architecture", config.name.c_str());
  gguf_set_val_str(out.get(), "adapter.type", "lora");
  gguf_set_val_f32(out.get(), "adapter.lora.alpha", static_cast<float>(lora.alpha));
  for (const auto& [key, value] : metadata) gguf_set_val_str(out.get(), key.c_str(), value.c_str());
  for (const LoraProjection* projection : projections) {
    add_matrix(out.get(), tensors.get(), projection->name + ".lora_a", projection->a);
    add_matrix(out.get(), tensors.get(), projection->name + ".lora_b", projection->b);
  }
  const std::filesystem::path partial = file.string() + ".partial";
  if (!gguf_write_to_file(out.get(), partial.c_str(), false)) throw Error(ErrorKind::kIo, "cannot write " + partial.string());
  std::filesystem::rename(partial, file);
}

void read_adapter(const std::filesystem::path& file, const std::vector<LoraProjection*>& projections) {
  const GgufWeights weights(file);
  for (LoraProjection* projection : projections) {
    const double wanted = projection->scale * static_cast<double>(projection->a.size(0)),
                 alpha = weights.number("adapter.lora.alpha", wanted);
    if (std::abs(alpha - wanted) > 1e-3 * wanted) {
      throw Error(ErrorKind::kConflict,
                  file.string() + " was trained with --alpha " + std::to_string(alpha) + ", not " + std::to_string(wanted));
    }
    const auto load = [&](const std::string& suffix, torch::Tensor& into) {
      const torch::Tensor values = weights.load(projection->name + suffix, torch::kFloat, into.device());
      if (values.numel() != into.numel())
        throw Error(ErrorKind::kModel, file.string() + ": " + projection->name + suffix + " has another shape");
      torch::NoGradGuard guard;
      into.copy_(values.view(into.sizes()));
    };
    load(".lora_a", projection->a);
    load(".lora_b", projection->b);
  }
}

}  // namespace memllm
