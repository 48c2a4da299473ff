// What tells one file from another.
#pragma once

#include <filesystem>
#include <string>

namespace memllm {

// Content hash of a file's bytes: 32 hexadecimal digits. Empty path: "". Throws kNotFound, kIo. Thread rule: any thread.
std::string file_fingerprint(const std::filesystem::path& file);

}  // namespace memllm
