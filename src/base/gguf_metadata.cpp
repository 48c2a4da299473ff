#include "base/gguf_metadata.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <limits>
#include <system_error>

#include "memllm/error.h"

namespace memllm {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies on disk");

constexpr std::size_t kTypes = 13;
constexpr std::array<std::uint64_t, kTypes> kScalarBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::uint64_t kMaxKeyBytes = 65'535;
// Generous: the largest models have some hundreds of keys, thousands of tensors and templates of 100 KB.
constexpr std::uint64_t kMaxTextBytes = std::uint64_t{4} << 20U;
constexpr std::uint64_t kMaxKeys = 10'000;
constexpr std::uint64_t kMaxTensors = 1'000'000;
constexpr std::uint32_t kMaxDimensions = 4;

class Header {
 public:
  explicit Header(const std::filesystem::path& file) : name_(file.string()), in_(file, std::ios::binary) {
    std::error_code failed;
    if (in_) size_ = std::filesystem::file_size(file, failed);
    if (!in_ || failed) throw Error(ErrorKind::kIo, "cannot open '" + name_ + "' for reading");
    std::array<char, 4> magic{};
    in_.read(magic.data(), magic.size());
    if (std::string_view(magic.data(), magic.size()) != "GGUF") fail("is not a GGUF file");
    const auto version = scalar<std::uint32_t>();
    if (version != 2 && version != 3) fail("is GGUF of version " + std::to_string(version) + ", where 2 and 3 are known");
    tensors = scalar<std::uint64_t>();
    keys = scalar<std::uint64_t>();
    if (tensors > kMaxTensors || keys > kMaxKeys) fail("has a damaged header");
  }

  std::uint64_t tensors = 0, keys = 0;

  std::string key() { return string(kMaxKeyBytes); }

  GgufValue value() {
    const GgufType type = this->type();
    if (type != GgufType::kArray) return {type, scalar_value(type)};
    const GgufArray array{this->type(), scalar<std::uint64_t>()};
    skip(array);
    return {type, array};
  }

  std::string tensor() {
    std::string name = key();
    const auto dimensions = scalar<std::uint32_t>();
    if (dimensions > kMaxDimensions) fail("has a damaged header");
    skip_bytes(dimensions * sizeof(std::uint64_t) + sizeof(std::uint32_t) + sizeof(std::uint64_t));  // shape, type, offset
    return name;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kModel, "'" + name_ + "' " + what + "; fetch or export it again");
  }

  template <typename Value>
  Value scalar() {
    Value value{};
    in_.read(reinterpret_cast<char*>(&value), sizeof value);
    if (!in_) fail("ends within its header");
    return value;
  }

  GgufType type() {
    const auto number = scalar<std::uint32_t>();
    if (number >= kTypes) fail("has a damaged header");
    return static_cast<GgufType>(number);
  }

  std::string string(std::uint64_t most) {
    const auto size = scalar<std::uint64_t>();
    if (size > most) fail("has a damaged header");
    std::string text(size, '\0');
    in_.read(text.data(), static_cast<std::streamsize>(size));
    if (!in_) fail("ends within its header");
    return text;
  }

  decltype(GgufValue::value) scalar_value(GgufType type) {
    switch (type) {
      case GgufType::kU8:
        return std::uint64_t{scalar<std::uint8_t>()};
      case GgufType::kU16:
        return std::uint64_t{scalar<std::uint16_t>()};
      case GgufType::kU32:
        return std::uint64_t{scalar<std::uint32_t>()};
      case GgufType::kU64:
        return scalar<std::uint64_t>();
      case GgufType::kI8:
        return std::int64_t{scalar<std::int8_t>()};
      case GgufType::kI16:
        return std::int64_t{scalar<std::int16_t>()};
      case GgufType::kI32:
        return std::int64_t{scalar<std::int32_t>()};
      case GgufType::kI64:
        return scalar<std::int64_t>();
      case GgufType::kF32:
        return double{scalar<float>()};
      case GgufType::kF64:
        return scalar<double>();
      case GgufType::kBool:
        return scalar<std::uint8_t>() != 0;
      case GgufType::kString:
        return string(kMaxTextBytes);
      case GgufType::kArray:
        break;
    }
    fail("has a damaged header");
  }

  // By reading where it is little: a vocabulary is hundreds of thousands of short strings.
  void skip_bytes(std::uint64_t bytes) {
    constexpr std::uint64_t kLittle = 4'096;
    if (bytes > size_) fail("ends within its header");
    if (bytes > kLittle) {
      in_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
    } else if (bytes > 0) {
      in_.ignore(static_cast<std::streamsize>(bytes));
      if (static_cast<std::uint64_t>(in_.gcount()) != bytes) fail("ends within its header");
    }
    if (!in_) fail("ends within its header");
  }

  void skip(const GgufArray& array) {
    if (array.items == GgufType::kArray) fail("has a damaged header");
    if (array.count > size_) fail("ends within its header");  // an item takes a byte at least
    if (array.items == GgufType::kString) {
      for (std::uint64_t i = 0; i < array.count; ++i) skip_bytes(scalar<std::uint64_t>());
      return;
    }
    skip_bytes(array.count * kScalarBytes[static_cast<std::size_t>(array.items)]);
  }

  std::string name_;
  std::ifstream in_;
  std::uintmax_t size_ = 0;  // bytes of the file
};

}  // namespace

std::string_view to_string(GgufType type) {
  constexpr std::array<std::string_view, kTypes> kNames = {"u8",   "i8",  "u16", "i16", "u32", "i32", "f32",
                                                           "bool", "str", "arr", "u64", "i64", "f64"};
  return kNames[static_cast<std::size_t>(type)];
}

GgufMetadata::GgufMetadata(const std::filesystem::path& file, std::string_view last_key) {
  Header header(file);
  for (std::uint64_t i = 0; i < header.keys; ++i) {
    std::string key = header.key();
    GgufValue value = header.value();
    values_.emplace_back(std::move(key), std::move(value));
    if (!last_key.empty() && values_.back().first.ends_with(last_key)) return;
  }
  if (!last_key.empty()) return;
  for (std::uint64_t i = 0; i < header.tensors; ++i) tensors_.push_back(header.tensor());
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = std::ranges::find(values_, key, [](const auto& pair) { return std::string_view(pair.first); });
  return found == values_.end() ? nullptr : &found->second;
}

std::optional<std::string> GgufMetadata::text(std::string_view key) const {
  const GgufValue* value = find(key);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->value);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<std::int64_t> GgufMetadata::integer(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(&value->value)) return *whole;
  const auto* natural = std::get_if<std::uint64_t>(&value->value);
  if (natural == nullptr || *natural > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return static_cast<std::int64_t>(*natural);
}

std::optional<double> GgufMetadata::number(std::string_view key) const {
  const GgufValue* value = find(key);
  const auto* number = value == nullptr ? nullptr : std::get_if<double>(&value->value);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

}  // namespace memllm
