#include "train/gguf_weights.h"

#include <ggml.h>
#include <gguf.h>

#include <cstring>
#include <vector>

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
  std::unique_ptr<ggml_context, GgmlDeleter> tensors;
  std::unique_ptr<gguf_context, GgufDeleter> file;

  std::int64_t key(const std::string& name) const { return gguf_find_key(file.get(), name.c_str()); }
  [[noreturn]] void missing(const std::string& what) const {
    throw Error(ErrorKind::kModel, path + " has no " + what + ": it is not a model that memllm-train knows (Gemma 3, Llama, Mistral)");
  }
};

GgufWeights::GgufWeights(const std::filesystem::path& file) : impl_(std::make_unique<Impl>()) {
  impl_->path = file.string();
  if (!std::filesystem::exists(file)) throw Error(ErrorKind::kNotFound, "no model file " + impl_->path);
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
  const std::int64_t key = impl_->key(name);
  if (key >= 0 && gguf_get_kv_type(impl_->file.get(), key) == GGUF_TYPE_STRING) return gguf_get_val_str(impl_->file.get(), key);
  if (!absent) impl_->missing("text " + name);
  return *absent;
}

std::int64_t GgufWeights::integer(const std::string& name, std::optional<std::int64_t> absent) const {
  const std::int64_t key = impl_->key(name);
  if (key >= 0 && gguf_get_kv_type(impl_->file.get(), key) == GGUF_TYPE_UINT32) return gguf_get_val_u32(impl_->file.get(), key);
  if (key >= 0 && gguf_get_kv_type(impl_->file.get(), key) == GGUF_TYPE_INT32) return gguf_get_val_i32(impl_->file.get(), key);
  if (!absent) impl_->missing("integer " + name);
  return *absent;
}

double GgufWeights::number(const std::string& name, std::optional<double> absent) const {
  const std::int64_t key = impl_->key(name);
  if (key >= 0 && gguf_get_kv_type(impl_->file.get(), key) == GGUF_TYPE_FLOAT32) return gguf_get_val_f32(impl_->file.get(), key);
  if (!absent) impl_->missing("number " + name);
  return *absent;
}

}  // namespace memllm
