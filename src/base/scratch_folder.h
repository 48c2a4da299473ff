// A folder that lives as long as its object.
#pragma once

#include <filesystem>

namespace memllm {

class ScratchFolder {
 public:
  // Below the system's folder for temporary files. Throws kIo.
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace memllm
