#include "llm/adapter_check.h"

#include <optional>

#include "base/gguf_metadata.h"
#include "llm/widened_model.h"
#include "memllm/error.h"

namespace memllm {
namespace {

// nullopt: it is no GGUF file that can be read.
std::optional<GgufMetadata> read_metadata(const std::filesystem::path& file) {
  try {
    return GgufMetadata(file);
  } catch (const Error&) {
    return std::nullopt;
  }
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
  const std::optional<GgufMetadata> gguf = read_metadata(adapter);
  if (!gguf) reject(adapter, "it is not a readable GGUF file");
  if (gguf->text("general.type").value_or("") != "adapter" || gguf->text("adapter.type").value_or("") != "lora") {
    reject(adapter, "it is not a LoRA adapter (a base model belongs to the model option)");
  }
  const std::string wants = gguf->text("general.architecture").value_or("");
  const std::string has = model_metadata(model, "general.architecture");
  if (wants != has) reject(adapter, "it was trained for architecture '" + wants + "', but the model is '" + has + "'");
  const auto base = gguf->text("memllm.base_model");
  if (base && *base != fingerprint && *base != model_metadata(model, kWeightsOf)) {
    reject(adapter, "it was trained for another base model (" + *base + "), but this model is " + fingerprint +
                        "; use the model it was trained for or train an adapter for this one");
  }
  const GgufValue* alpha = gguf->find("adapter.lora.alpha");
  if (alpha != nullptr && alpha->type != GgufType::kF32) reject(adapter, "adapter.lora.alpha is not a 32-bit float");
  for (const std::string& name : gguf->tensors()) {
    if (name.starts_with("token_embd.") || name.starts_with("output.")) {
      reject(adapter, "it adapts " + name + ", which the runtime cannot do; adapt q, k, v, o, gate, up and down only");
    }
  }
}

}  // namespace memllm
