#include "language/pack_file.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/read_file.h"
#include "base/text.h"

namespace memllm {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string unescaped(std::string_view field) {
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      text += field[i];
      continue;
    }
    const char next = field[++i];
    text += next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return text;
}

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t end = std::min(line.find('\t'), line.size());
    fields.push_back(unescaped(line.substr(0, end)));
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

PackFile::PackFile(std::filesystem::path file, std::size_t least_fields, std::size_t most_fields) : file_(std::move(file)) {
  constexpr std::uintmax_t kMostBytes = 64U << 20U;
  std::error_code failed;
  // Not a pipe or a device, which may never end.
  if (std::filesystem::exists(file_, failed) && !std::filesystem::is_regular_file(file_, failed)) {
    throw Error(ErrorKind::kCorrupt, file_.string() + " is no file");
  }
  if (std::filesystem::is_regular_file(file_, failed) && std::filesystem::file_size(file_, failed) > kMostBytes) {
    throw Error(ErrorKind::kCorrupt, file_.string() + " is larger than 64 MiB");
  }
  const std::string content = read_file(file_);
  std::string_view rest = content;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.starts_with('#')) continue;
    PackRow row{number, fields_of(line)};
    if (!is_valid_utf8(line) || line.find('\0') != std::string_view::npos) throw wrong(row, "is not UTF-8 text");
    if (row.fields.size() < least_fields || row.fields.size() > most_fields) {
      throw wrong(row, "has " + std::to_string(row.fields.size()) + " fields between tabs instead of " + std::to_string(least_fields) +
                           (most_fields == least_fields ? "" : " to " + std::to_string(most_fields)));
    }
    rows_.push_back(std::move(row));
  }
}

Error PackFile::wrong(const PackRow& row, const std::string& what) const {
  return {ErrorKind::kCorrupt, file_.string() + ":" + std::to_string(row.line) + ": " + what};
}

}  // namespace memllm
