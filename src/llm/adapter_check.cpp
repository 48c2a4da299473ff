#include "llm/adapter_check.h"

#include <optional>
#include <string_view>

#include "llm/widened_model.h"
#include "memllm/error.h"

namespace memllm {
namespace {

// Absent, or not a string: nullopt. (gguf_get_val_str aborts on another type.)
std::optional<std::string> string_value(const gguf_context& gguf, const char* key) {
  const std::int64_t index = gguf_find_key(&gguf, key);
  if (index < 0 || gguf_get_kv_type(&gguf, index) != GGUF_TYPE_STRING) return std::nullopt;
  return gguf_get_val_str(&gguf, index);
}

bool has_type_other_than(const gguf_context& gguf, const char* key, gguf_type type) {
  const std::int64_t index = gguf_find_key(&gguf, key);
  return index >= 0 && gguf_get_kv_type(&gguf, index) != type;
}

[[noreturn]] void reject(const std::filesystem::path& adapter, const std::string& why) {
  throw Error(ErrorKind::kModel, "cannot use adapter '" + adapter.string() + "': " + why);
}

}  // namespace

std::string model_metadata(const llama_model& model, const char* key) {
  const std::int32_t length = llama_model_meta_val_str(&model, key, nullptr, 0);
  if (length < 0) return "";
  std::string value(static_cast<std::size_t>(length) + 1, '\0');
  llama_model_meta_val_str(&model, key, value.data(), value.size());
  value.pop_back();
  return value;
}

void check_adapter(const std::filesystem::path& adapter, const llama_model& model, const std::string& fingerprint) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(adapter, failed)) {
    throw Error(ErrorKind::kNotFound, "there is no adapter file '" + adapter.string() + "'");
  }
  const GgufPtr gguf(gguf_init_from_file(adapter.c_str(), {.no_alloc = true, .ctx = nullptr}));
  if (!gguf) reject(adapter, "it is not a readable GGUF file");
  if (string_value(*gguf, "general.type").value_or("") != "adapter" || string_value(*gguf, "adapter.type").value_or("") != "lora") {
    reject(adapter, "it is not a LoRA adapter (a base model belongs to the model option)");
  }
  const std::string wants = string_value(*gguf, "general.architecture").value_or("");
  const std::string has = model_metadata(model, "general.architecture");
  if (wants != has) reject(adapter, "it was trained for architecture '" + wants + "', but the model is '" + has + "'");
  const auto base = string_value(*gguf, "memllm.base_model");
  if (base && *base != fingerprint && *base != model_metadata(model, kWeightsOf)) {
    reject(adapter, "it was trained for another base model (" + *base + "), but this model is " + fingerprint +
                        "; use the model it was trained for or train an adapter for this one");
  }
  if (has_type_other_than(*gguf, "adapter.lora.alpha", GGUF_TYPE_FLOAT32)) reject(adapter, "adapter.lora.alpha is not a 32-bit float");
  for (std::int64_t i = 0; i < gguf_get_n_tensors(gguf.get()); ++i) {
    const std::string_view name = gguf_get_tensor_name(gguf.get(), i);
    if (name.starts_with("token_embd.") || name.starts_with("output.")) {
      reject(adapter, "it adapts " + std::string(name) + ", which the runtime cannot do; adapt q, k, v, o, gate, up and down only");
    }
  }
}

}  // namespace memllm
