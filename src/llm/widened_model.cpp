#include "llm/widened_model.h"

#include <llama.h>

#include <array>
#include <string>
#include <string_view>

#include "base/file_fingerprint.h"
#include "llm/llama_log.h"
#include "llm/llama_model.h"
#include "memllm/error.h"

namespace memllm {

void write_widened_model(const std::filesystem::path& model, const std::filesystem::path& out, const Logger& logger) {
  const std::string fingerprint = file_fingerprint(model);
  if (std::filesystem::exists(out)) throw Error(ErrorKind::kConflict, out.string() + " is there already: choose another name or remove it");
  start_llama();
  std::array<llama_model_kv_override, 2> overrides{};  // ends with an empty key
  overrides[0].tag = LLAMA_KV_OVERRIDE_TYPE_STR;
  std::string_view(kWeightsOf).copy(overrides[0].key, sizeof overrides[0].key - 1);
  fingerprint.copy(overrides[0].val_str, sizeof overrides[0].val_str - 1);
  llama_model_quantize_params params = llama_model_quantize_default_params();
  params.ftype = LLAMA_FTYPE_MOSTLY_F16;
  params.allow_requantize = true;
  params.kv_overrides = overrides.data();
  const std::filesystem::path partial = out.string() + ".partial";
  const LlamaLogScope log(logger);
  if (llama_model_quantize(model.c_str(), partial.c_str(), &params) != 0) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw Error(ErrorKind::kModel,
                "cannot make a copy of '" + model.string() + "' with 16-bit weights (enough room on the disk?)" + log.errors());
  }
  std::error_code failed;
  std::filesystem::rename(partial, out, failed);
  if (failed) throw Error(ErrorKind::kIo, "cannot write " + out.string() + ": " + failed.message());
}

}  // namespace memllm
