#include "cli/gguf_metadata.h"

#include <gguf.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "memllm/error.h"

namespace memllm::cli {
namespace {

struct GgufFree {
  void operator()(gguf_context* context) const { gguf_free(context); }
};

std::string value_text(const gguf_context* gguf, std::int64_t key) {
  constexpr std::size_t kLongestValue = 200;
  switch (gguf_get_kv_type(gguf, key)) {
    case GGUF_TYPE_UINT8:
      return std::to_string(gguf_get_val_u8(gguf, key));
    case GGUF_TYPE_INT8:
      return std::to_string(gguf_get_val_i8(gguf, key));
    case GGUF_TYPE_UINT16:
      return std::to_string(gguf_get_val_u16(gguf, key));
    case GGUF_TYPE_INT16:
      return std::to_string(gguf_get_val_i16(gguf, key));
    case GGUF_TYPE_UINT32:
      return std::to_string(gguf_get_val_u32(gguf, key));
    case GGUF_TYPE_INT32:
      return std::to_string(gguf_get_val_i32(gguf, key));
    case GGUF_TYPE_UINT64:
      return std::to_string(gguf_get_val_u64(gguf, key));
    case GGUF_TYPE_INT64:
      return std::to_string(gguf_get_val_i64(gguf, key));
    case GGUF_TYPE_FLOAT32:
      return nlohmann::json(gguf_get_val_f32(gguf, key)).dump();
    case GGUF_TYPE_FLOAT64:
      return nlohmann::json(gguf_get_val_f64(gguf, key)).dump();
    case GGUF_TYPE_BOOL:
      return gguf_get_val_bool(gguf, key) ? "true" : "false";
    case GGUF_TYPE_STRING:
      return ellipsis(repair_utf8(gguf_get_val_str(gguf, key)), kLongestValue);
    case GGUF_TYPE_ARRAY:
      return std::string("[") + gguf_type_name(gguf_get_arr_type(gguf, key)) + " × " + std::to_string(gguf_get_arr_n(gguf, key)) + "]";
    default:
      return "?";
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> gguf_metadata(const std::filesystem::path& file) {
  const std::unique_ptr<gguf_context, GgufFree> gguf(gguf_init_from_file(file.c_str(), {.no_alloc = true, .ctx = nullptr}));
  if (!gguf) throw Error(ErrorKind::kModel, file.string() + " is not a GGUF file, or is damaged; fetch or export it again");
  std::vector<std::pair<std::string, std::string>> out;
  const std::int64_t keys = gguf_get_n_kv(gguf.get());
  out.reserve(static_cast<std::size_t>(keys));
  for (std::int64_t key = 0; key < keys; ++key) {
    out.emplace_back(repair_utf8(gguf_get_key(gguf.get(), key)), value_text(gguf.get(), key));
  }
  return out;
}

}  // namespace memllm::cli
