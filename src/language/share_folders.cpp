#include "language/share_folders.h"

#include <cstdlib>
#include <mutex>
#include <system_error>

#include "memllm/share_folder.h"

namespace memllm {
namespace {

namespace fs = std::filesystem;

// Folders that add_share_folder was given.
struct AddedFolders {
  std::mutex mutex;
  std::vector<fs::path> folders;  // under the mutex
};

AddedFolders& added_folders() {
  static AddedFolders added;
  return added;
}

}  // namespace

bool add_share_folder(const fs::path& folder) {
  const std::lock_guard lock(added_folders().mutex);
  added_folders().folders.push_back(folder);
  return true;
}

std::vector<fs::path> share_folders() {
  constexpr int kLevels = 4;  // build/release/memllm stands two folders below the source tree's root
  if (const char* chosen = std::getenv("MEMLLM_SHARE"); chosen != nullptr && *chosen != '\0') return {chosen};
  std::vector<fs::path> folders;
  {
    const std::lock_guard lock(added_folders().mutex);
    folders = added_folders().folders;
  }
  std::error_code ignored;
  fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (int level = 0; level < kLevels && folder.has_relative_path(); ++level, folder = folder.parent_path()) {
    folders.push_back(folder / "share/memllm");
  }
  folders.insert(folders.end(), {MEMLLM_SOURCE_SHARE, MEMLLM_INSTALLED_SHARE});
  return folders;
}

std::vector<fs::path> shared_folders(const std::string& name) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const fs::path& share : share_folders()) {
    if (fs::is_directory(share / name, ignored)) folders.push_back(share / name);
  }
  return folders;
}

}  // namespace memllm
