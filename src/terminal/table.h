// A table for people, aligned by display width.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace memllm::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

class Table {
 public:
  // Titles and cells are made printable.
  explicit Table(std::vector<Column> columns);
  // REQUIRES: as many cells as columns.
  void add(const std::vector<std::string>& cells);
  // max_width 0: no limit; else the widest columns are cut until a line fits (no column below 8).
  void print(std::ostream& out, std::size_t max_width) const;

 private:
  std::vector<std::size_t> widths(std::size_t max_width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace memllm::cli
