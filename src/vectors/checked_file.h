// A binary file that is either whole or not there: written beside its place, synced, renamed; closed by a checksum over all of it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace memllm {

// The running XXH3 (64 bits) of what was written or read.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  void update(const void* bytes, std::size_t size);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

// Throws kIo. Without commit() nothing of the target changes.
class CheckedWriter {
 public:
  explicit CheckedWriter(std::filesystem::path target);
  ~CheckedWriter();
  CheckedWriter(const CheckedWriter&) = delete;
  CheckedWriter& operator=(const CheckedWriter&) = delete;

  void write(const void* bytes, std::size_t size);
  template <typename T>
  void write(const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    write(&value, sizeof value);
  }
  // Appends the checksum, syncs, and puts the file in its place.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  FileHandle file_;
  Checksum checksum_;
};

// Every read says whether it succeeded; a damaged file is a value, not an exception.
class CheckedReader {
 public:
  explicit CheckedReader(const std::filesystem::path& file);

  // Bytes before the checksum that were not read yet: the bound of anything that a caller allocates.
  std::uint64_t remaining() const { return remaining_; }
  [[nodiscard]] bool read(void* bytes, std::size_t size);
  template <typename T>
  [[nodiscard]] bool read(T& value) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    return read(&value, sizeof value);
  }
  // True when everything was read and the checksum agrees. What was read means nothing before.
  [[nodiscard]] bool finish();

 private:
  FileHandle file_;
  std::uint64_t remaining_ = 0;
  Checksum checksum_;
};

}  // namespace memllm
