#include "language/text_blocks.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/utf8.h"

namespace memllm {
namespace {

constexpr std::string_view kWhite = " \t\r\n\v\f";

constexpr std::int64_t kNarrowestPage = 40;  // bytes; nobody wraps text to lines shorter than this

enum class LineKind { kBlank, kRule, kHeading, kTableRow, kBullet, kNumbered, kText };

struct Line {
  Span span;  // without surrounding white space and markers
  LineKind kind = LineKind::kBlank;
  std::int64_t number = 0;  // of a numbered item
};

bool is_rule(std::string_view line) {
  const std::size_t length = line.size();
  if (line.starts_with("~~~")) return true;
  if (line.starts_with("```") && line.find('`', line.find_first_not_of('`')) == std::string_view::npos) return true;
  if (length < 3 || std::string_view("-*_=").find(line[0]) == std::string_view::npos) return false;
  return line.find_first_not_of(line[0]) == std::string_view::npos || line.find_first_not_of("-*_= ") == std::string_view::npos;
}

// Bytes of a marker with the white space after it; 0: there is none.
std::size_t heading_marker(std::string_view line) {
  const std::size_t marks = std::min(line.find_first_not_of('#'), line.size());
  if (marks == 0 || marks > 6) return 0;
  if (marks == line.size()) return marks;
  return line[marks] == ' ' || line[marks] == '\t' ? line.find_first_not_of(" \t", marks) : 0;
}

std::size_t bullet_marker(std::string_view line) {
  constexpr std::string_view kBullet = "\u2022";
  std::size_t mark = 0;
  if (line.starts_with(kBullet)) {
    mark = kBullet.size();
  } else if (std::string_view("-*+").find(line[0]) != std::string_view::npos) {
    mark = 1;
  }
  if (mark == 0 || mark >= line.size() || (line[mark] != ' ' && line[mark] != '\t')) return 0;
  return line.find_first_not_of(" \t", mark);
}

std::size_t number_marker(std::string_view line, std::int64_t& number) {
  std::size_t at = 0;
  number = 0;
  while (at < line.size() && at < 3 && line[at] >= '0' && line[at] <= '9') number = number * 10 + (line[at++] - '0');
  if (at == 0 || at + 1 >= line.size() || (line[at] != '.' && line[at] != ')')) return 0;
  return line[at + 1] == ' ' || line[at + 1] == '\t' ? line.find_first_not_of(" \t", at + 1) : 0;
}

Line classify(std::string_view text, std::size_t begin, std::size_t end) {
  Line line;
  while (begin < end && kWhite.find(text[begin]) != std::string_view::npos) ++begin;
  while (end > begin && kWhite.find(text[end - 1]) != std::string_view::npos) --end;
  if (begin == end) return line;
  std::string_view content = text.substr(begin, end - begin);
  const std::size_t heading = heading_marker(content), bullet = bullet_marker(content);
  std::size_t marker = 0;
  if (is_rule(content)) {
    line.kind = LineKind::kRule;
  } else if (heading > 0) {
    marker = heading;
    line.kind = marker == content.size() ? LineKind::kRule : LineKind::kHeading;
  } else if (bullet > 0) {
    marker = bullet;
    line.kind = LineKind::kBullet;
  } else if (number_marker(content, line.number) > 0) {
    line.kind = LineKind::kNumbered;  // the number stays part of the text
  } else {
    line.kind = content.size() > 1 && content.front() == '|' && content.back() == '|' ? LineKind::kTableRow : LineKind::kText;
  }
  line.span = {static_cast<std::int64_t>(begin + marker), static_cast<std::int64_t>(end)};
  return line;
}

bool begins_with_capital(std::string_view text) {
  const std::size_t at = std::min(text.find_first_not_of("\"'(["), text.size());
  if (at == text.size()) return false;
  const CodePoint character = character_at(text, at).code_point;
  return character >= 0 && (u_isupper(character) || u_istitle(character));
}

// Collects lines into blocks.
class BlockBuilder {
 public:
  explicit BlockBuilder(std::string_view text) : text_(text) {}

  void add(const Line& line) {
    switch (line.kind) {
      case LineKind::kBlank:
      case LineKind::kRule:
        flush();
        in_list_ = false;
        return;
      case LineKind::kHeading:
      case LineKind::kTableRow:
        flush();
        lines_.push_back(line.span);
        flush();
        in_list_ = false;
        return;
      case LineKind::kBullet:
        flush();
        in_list_ = true;
        lines_.push_back(line.span);
        return;
      case LineKind::kNumbered:
        add_numbered(line);
        return;
      case LineKind::kText:
        lines_.push_back(line.span);
        return;
    }
  }

  // Cuts what was collected at the author's line breaks.
  void flush() {
    std::int64_t width = kNarrowestPage;
    for (const Span& line : lines_) width = std::max(width, line.end - line.begin);
    bool any_deliberate = false;
    bool all_capitals = true;
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      any_deliberate = any_deliberate || is_deliberate_break(lines_[i - 1], lines_[i], width);
      all_capitals = all_capitals && begins_with_capital(view(lines_[i]));
    }
    const bool is_list = any_deliberate && all_capitals;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (i == 0 || is_list || is_deliberate_break(lines_[i - 1], lines_[i], width)) {
        blocks_.push_back(lines_[i]);
      } else {
        blocks_.back().end = lines_[i].end;
      }
    }
    lines_.clear();
  }

  std::vector<Span> take() {
    flush();
    return std::move(blocks_);
  }

 private:
  // As in CommonMark, a number other than 1 cannot interrupt a paragraph: it may be the wrapped end of a sentence ("… in the year\n14.
  // The").
  void add_numbered(const Line& line) {
    const bool interrupts = lines_.empty() || in_list_ || line.number == 1;
    Span span = line.span;
    if (interrupts) {
      flush();
      in_list_ = true;
      std::int64_t number = 0;
      span.begin += static_cast<std::int64_t>(number_marker(view(span), number));
    }
    lines_.push_back(span);
  }

  std::string_view view(const Span& span) const {
    return text_.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
  }

  bool is_deliberate_break(const Span& line, const Span& next, std::int64_t width) const {
    const std::string_view following = view(next);
    if (view(line).back() == ',' || !begins_with_capital(following)) return false;
    const auto word = static_cast<std::int64_t>(std::min(following.find_first_of(kWhite), following.size()));
    return line.end - line.begin + 1 + word <= width;
  }

  std::string_view text_;
  std::vector<Span> lines_;  // of the open block
  bool in_list_ = false;
  std::vector<Span> blocks_;
};

}  // namespace

std::vector<Span> split_blocks(std::string_view text) {
  BlockBuilder builder(text);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\n\r", begin), text.size());
    const bool crlf = end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n';
    builder.add(classify(text, begin, end));
    begin = end + (crlf ? 2 : 1);
  }
  return builder.take();
}

}  // namespace memllm
