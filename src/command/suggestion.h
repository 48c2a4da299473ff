// "Did you mean …?" for unknown flags and commands.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace memllm::cli {

// Insertions, deletions, substitutions and swaps of neighbours that turn a into b (bytes).
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of the known names; nullopt when none is near enough to be a likely slip (a third of the longer name, at least 2 edits; or
// the name is the beginning of exactly one known name).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace memllm::cli
