#include "memory/gguf_dimension.h"

#include <array>
#include <bit>
#include <cstdint>
#include <fstream>
#include <string>

#include "memllm/error.h"

namespace memllm {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies on disk");

// GGUF value types (ggml's specification, gguf.md): u8 i8 u16 i16 u32 i32 f32 bool string array u64 i64 f64.
enum : std::uint32_t { kU32 = 4, kString = 8, kArray = 9, kU64 = 10 };
constexpr std::array<std::uint64_t, 13> kScalarBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::uint64_t kMaxKeyBytes = 65'535;
constexpr std::uint64_t kMaxDimension = 65'536;

class Header {
 public:
  explicit Header(const std::filesystem::path& file) : name_(file.string()), in_(file, std::ios::binary) {
    if (!in_) throw Error(ErrorKind::kIo, "cannot open '" + name_ + "' for reading");
  }

  std::size_t dimension() {
    std::array<char, 4> magic{};
    in_.read(magic.data(), magic.size());
    if (std::string(magic.data(), magic.size()) != "GGUF") fail("is not a GGUF file");
    read<std::uint32_t>();  // version
    read<std::uint64_t>();  // tensors
    for (auto keys = read<std::uint64_t>(); keys > 0; --keys) {
      const std::string key = string();
      const auto type = read<std::uint32_t>();
      if (!key.ends_with(".embedding_length")) {
        skip(type);
        continue;
      }
      const std::uint64_t value = type == kU32 ? read<std::uint32_t>() : type == kU64 ? read<std::uint64_t>() : 0;
      if (value == 0 || value > kMaxDimension) fail("states no sensible embedding_length");
      return value;
    }
    fail("states no embedding_length");
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorKind::kModel, "'" + name_ + "' " + what + ": give an embedding model (BERT) in GGUF form");
  }

  template <typename Value>
  Value read() {
    Value value{};
    in_.read(reinterpret_cast<char*>(&value), sizeof value);
    if (!in_) fail("ends within its header");
    return value;
  }

  std::string string() {
    const auto size = read<std::uint64_t>();
    if (size > kMaxKeyBytes) fail("has a damaged header");
    std::string text(size, '\0');
    in_.read(text.data(), static_cast<std::streamsize>(size));
    return text;
  }

  void skip_bytes(std::uint64_t bytes) {
    if (bytes > (std::uint64_t{1} << 40U)) fail("has a damaged header");
    in_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
    if (!in_) fail("ends within its header");
  }

  void skip(std::uint32_t type) {
    if (type == kString) return skip_bytes(read<std::uint64_t>());
    if (type == kArray) {
      const auto item = read<std::uint32_t>();
      const auto count = read<std::uint64_t>();
      if (item == kArray || item >= kScalarBytes.size()) fail("has a damaged header");
      if (item != kString) return skip_bytes(count > (std::uint64_t{1} << 32U) ? UINT64_MAX : count * kScalarBytes[item]);
      for (std::uint64_t i = 0; i < count; ++i) skip_bytes(read<std::uint64_t>());
      return;
    }
    if (type >= kScalarBytes.size()) fail("has a damaged header");
    skip_bytes(kScalarBytes[type]);
  }

  std::string name_;
  std::ifstream in_;
};

}  // namespace

std::size_t gguf_dimension(const std::filesystem::path& file) { return Header(file).dimension(); }

}  // namespace memllm
