// Files and streams as a whole.
#pragma once

#include <filesystem>
#include <string>

namespace memllm {

// Throws kNotFound where there is no such file, kInvalidArgument for a folder, kIo.
std::string read_file(const std::filesystem::path& file);

// From an open descriptor up to its end. name: for messages. Throws kInvalidArgument for a folder, kIo.
std::string read_descriptor(int descriptor, const std::string& name);

}  // namespace memllm
