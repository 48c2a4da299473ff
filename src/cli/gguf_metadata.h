// The keys of a GGUF file, for people.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace memllm::cli {

// Every scalar key in the file's order with its value as text; arrays as "[type × count]"; long strings are cut. Throws kModel: not a GGUF.
std::vector<std::pair<std::string, std::string>> gguf_metadata(const std::filesystem::path& file);

}  // namespace memllm::cli
