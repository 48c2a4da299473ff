#include "terminal/table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "terminal/display.h"

namespace memllm::cli {
namespace {

std::vector<std::string> lines_of(const Table& table, std::size_t width) {
  std::ostringstream out;
  table.print(out, width);
  std::istringstream in(out.str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Table, AlignsByDisplayWidth) {
  Table table({{"id", Align::kRight}, {"name"}, {"x"}});
  table.add({"1", "東京", "a"});
  table.add({"20", "Zürich", "b"});
  EXPECT_EQ(lines_of(table, 0), (std::vector<std::string>{"id  name    x", " 1  東京    a", "20  Zürich  b"}));
}

TEST(Table, HostileCellsStayOnTheirLine) {
  Table table({{"name"}});
  table.add({"a\nb\033[2J"});
  EXPECT_EQ(lines_of(table, 0), (std::vector<std::string>{"name", "a\\nb\\u{1b}[2J"}));
}

TEST(Table, CutsTheWidestColumnsToTheTerminal) {
  Table table({{"id"}, {"name"}, {"object"}});
  table.add({"1", std::string(100, 'n'), std::string(50, 'o')});
  for (const std::string& line : lines_of(table, 60)) EXPECT_LE(display_width(line), 60u);
}

}  // namespace
}  // namespace memllm::cli
