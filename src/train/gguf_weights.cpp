#include "train/gguf_weights.h"

#include <ggml.h>
#include <gguf.h>

#include <cstring>
#include <vector>

#include "base/gguf_metadata.h"
#include "memllm/error.h"

namespace memllm {

namespace {

struct GgufDeleter {
  void operator()(gguf_context* file) const { gguf_free(file); }
};
struct GgmlDeleter {
  void operator()(ggml_context* tensors) const { ggml_free(tensors); }
};

}  // namespace

struct GgufWeights::Impl {
  std::string path;
  GgufMetadata metadata;
  std::unique_ptr<ggml_context, GgmlDeleter> tensors;
  std::unique_ptr<gguf_context, GgufDeleter> file;

  [[noreturn]] void missing(const std::string& what) const {
    throw Error(ErrorKind::kModel, path + " has no " + what + ": it is not a model that memllm-train knows (Gemma 3, Llama, Mistral)");
  }
};

GgufWeights::GgufWeights(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) throw Error(ErrorKind::kNotFound, "no model file " + file.string());
  impl_.reset(new Impl{file.string(), GgufMetadata(file), {}, {}});
  ggml_context* tensors = nullptr;
  impl_->file.reset(gguf_init_from_file(impl_->path.c_str(), {.no_alloc = false, .ctx = &tensors}));
  impl_->tensors.reset(tensors);
  if (!impl_->file) throw Error(ErrorKind::kModel, impl_->path + " is not a readable GGUF file");
}

GgufWeights::~GgufWeights() = default;
GgufWeights::GgufWeights(GgufWeights&&) noexcept = default;

bool GgufWeights::has(const std::string& tensor) const { return ggml_get_tensor(impl_->tensors.get(), tensor.c_str()) != nullptr; }

torch::Tensor GgufWeights::load(const std::string& name, torch::Dtype dtype, torch::Device device) const {
  const ggml_tensor* tensor = ggml_get_tensor(impl_->tensors.get(), name.c_str());
  if (tensor == nullptr) impl_->missing("tensor " + name);
  const std::int64_t rows = ggml_nrows(tensor);
  const std::int64_t columns = tensor->ne[0];
  torch::Tensor values = rows == 1 ? torch::empty({columns}, torch::kFloat) : torch::empty({rows, columns}, torch::kFloat);
  float* out = values.data_ptr<float>();
  if (tensor->type == GGML_TYPE_F32) {
    std::memcpy(out, tensor->data, static_cast<std::size_t>(rows * columns) * sizeof(float));
  } else {
    const ggml_type_traits* traits = ggml_get_type_traits(tensor->type);
    if (traits->to_float == nullptr) throw Error(ErrorKind::kModel, "tensor " + name + " has a type that cannot be dequantised");
    for (std::int64_t row = 0; row < rows; ++row) {
      traits->to_float(static_cast<const char*>(tensor->data) + static_cast<std::size_t>(row) * tensor->nb[1], out + row * columns,
                       columns);
    }
  }
  return values.to(dtype).to(device);
}

std::string GgufWeights::text(const std::string& name, const std::optional<std::string>& absent) const {
  if (auto value = impl_->metadata.text(name)) return *std::move(value);
  if (!absent) impl_->missing("text " + name);
  return *absent;
}

std::int64_t GgufWeights::integer(const std::string& name, std::optional<std::int64_t> absent) const {
  if (const auto value = impl_->metadata.integer(name)) return *value;
  if (!absent) impl_->missing("integer " + name);
  return *absent;
}

double GgufWeights::number(const std::string& name, std::optional<double> absent) const {
  if (const auto value = impl_->metadata.number(name)) return *value;
  if (!absent) impl_->missing("number " + name);
  return *absent;
}

}  // namespace memllm
