// Where the files lie that the library reads while it runs (language packs).
#pragma once

#include <filesystem>

namespace memllm {

// Looks into this folder, a share/memllm, before those that the library finds by itself: the one beside the program and the one that it was
// built with. The environment's MEMLLM_SHARE comes before all. CMake's package calls it for programs that link memllm::memllm. Returns
// true. Thread rule: any thread.
bool add_share_folder(const std::filesystem::path& folder);

}  // namespace memllm
