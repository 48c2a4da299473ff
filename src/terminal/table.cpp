#include "terminal/table.h"

#include <algorithm>
#include <numeric>

#include "terminal/display.h"

namespace memllm::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowest = 8;

void print_row(std::ostream& out, const std::vector<Column>& columns, const std::vector<std::string>& cells,
               const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = cut_to_width(cells[i], widths[i]);
    if (i > 0) line.append(kGap, ' ');
    if (columns[i].align == Align::kRight) line.append(widths[i] - display_width(cell), ' ');
    line += columns[i].align == Align::kRight ? cell : pad_to_width(cell, widths[i]);
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  out << line << '\n';
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& column : columns_) column.title = printable(column.title);
}

void Table::add(const std::vector<std::string>& cells) {
  std::vector<std::string> row;
  row.reserve(cells.size());
  for (const std::string& cell : cells) row.push_back(printable(cell));
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t max_width) const {
  std::vector<std::size_t> widths(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths[i] = display_width(columns_[i].title);
    for (const auto& row : rows_) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  if (max_width == 0 || widths.empty()) return widths;
  std::size_t total = std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
  while (total > max_width) {
    auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --total;
  }
  return widths;
}

void Table::print(std::ostream& out, std::size_t max_width) const {
  const std::vector<std::size_t> column_widths = widths(max_width);
  std::vector<std::string> titles;
  titles.reserve(columns_.size());
  for (const Column& column : columns_) titles.push_back(column.title);
  print_row(out, columns_, titles, column_widths);
  for (const auto& row : rows_) print_row(out, columns_, row, column_widths);
}

}  // namespace memllm::cli
