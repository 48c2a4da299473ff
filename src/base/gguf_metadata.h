// The header of a GGUF file: its keys, and its tensors' names. (gguf.h of ggml reads it too, but prints what it does not like, reads the
// whole header where one key is wanted, and is known to the rooms of the models only.)
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace memllm {

// Types of values by their numbers in the file (ggml's specification of GGUF).
enum class GgufType : std::uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };
std::string_view to_string(GgufType type);  // "u32", "str", "arr", … as gguf.h names them

struct GgufArray {
  GgufType items = GgufType::kU8;
  std::uint64_t count = 0;
};

struct GgufValue {
  GgufType type = GgufType::kU8;
  std::variant<std::uint64_t, std::int64_t, double, bool, std::string, GgufArray> value;  // arrays: without their items
};

// Thread rule: immutable after construction.
class GgufMetadata {
 public:
  // last_key: reads no further than to the first key that ends so; empty: the whole header. Throws kModel: no GGUF file, or a damaged one;
  // kIo: it cannot be opened.
  explicit GgufMetadata(const std::filesystem::path& file, std::string_view last_key = {});

  const std::vector<std::pair<std::string, GgufValue>>& values() const { return values_; }  // in the file's order
  const std::vector<std::string>& tensors() const { return tensors_; }                      // names; none with a last_key

  const GgufValue* find(std::string_view key) const;  // null: there is no such key
  // nullopt: there is no such key, or its value is of another type.
  std::optional<std::string> text(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;  // of any width that fits
  std::optional<double> number(std::string_view key) const;         // f32, f64

 private:
  std::vector<std::pair<std::string, GgufValue>> values_;
  std::vector<std::string> tensors_;
};

}  // namespace memllm
