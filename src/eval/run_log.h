// An evaluation's results, item by item, in a file: an interrupted run goes on where it stopped, and statistics need no second run.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace memllm {

// JSON Lines: first the settings that the results depend on, then a line an item: {"item":N, …}. A last line that is cut short, as a
// killed run leaves it, is taken away. Thread rule: one thread; one process a file.
class RunLog {
 public:
  using Json = nlohmann::ordered_json;

  // Opens the file, or makes it. Throws kConflict when it holds results of other settings, kInvalidArgument when it is no such file, kIo.
  RunLog(const std::filesystem::path& file, const Json& settings);

  // What the file held when it was opened, by item.
  const std::map<std::size_t, Json>& known() const { return known_; }
  // Appends and flushes. values: an object. Throws kIo.
  void add(std::size_t item, const Json& values);

 private:
  void read(std::istream& in, const Json& settings);

  std::filesystem::path file_;
  std::map<std::size_t, Json> known_;
  std::ofstream out_;
};

}  // namespace memllm
