// One file of a language pack: lines of fields between tabs (docs/formats.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "memllm/error.h"

namespace memllm {

struct PackRow {
  std::size_t line = 0;             // from 1
  std::vector<std::string> fields;  // "\n", "\t" and "\\" in them stand for a line break, a tab and a backslash
};

// Thread rule: immutable after construction.
class PackFile {
 public:
  // Blank lines and those that begin with "#" are left out. Throws kNotFound; kCorrupt for a line that is not UTF-8 or has not from
  // least_fields to most_fields fields.
  PackFile(std::filesystem::path file, std::size_t least_fields, std::size_t most_fields);

  const std::vector<PackRow>& rows() const { return rows_; }
  // kCorrupt: "FILE:LINE: what is wrong".
  Error wrong(const PackRow& row, const std::string& what) const;

 private:
  std::filesystem::path file_;
  std::vector<PackRow> rows_;
};

}  // namespace memllm
