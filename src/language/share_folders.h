// Where the files lie that programs read while they run: folders share/memllm.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace memllm {

// Nearest first; they need not be there: the folder that MEMLLM_SHARE names, alone; or those that add_share_folder was given, those beside
// the program and above it (in a build folder of the source tree, or installed), and where this build was configured to find or install
// them.
std::vector<std::filesystem::path> share_folders();
// Of these, the folders of this name that are there.
std::vector<std::filesystem::path> shared_folders(const std::string& name);

}  // namespace memllm
