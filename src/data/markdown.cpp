#include "data/markdown.h"

#include <cctype>
#include <optional>
#include <vector>

namespace memllm {
namespace {

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

// Calls use(line) for every line, without its line break.
template <typename Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    use(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string without_comments(std::string_view text) {
  std::string result;
  while (true) {
    const auto begin = text.find("<!--");
    const auto end = begin == std::string_view::npos ? begin : text.find("-->", begin + 4);
    if (end == std::string_view::npos) return result.append(text);
    result.append(text.substr(0, begin));
    text.remove_prefix(end + 3);
  }
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80) != 0; }

// A link or image that begins at position: the text to show and the position after it.
struct Link {
  std::string_view shown;
  std::size_t end = 0;
};

std::optional<Link> link_at(std::string_view line, std::size_t open) {
  constexpr std::size_t kLongest = 2000;  // bounds the search, so that a line of "[" stays linear
  const std::string_view rest = line.substr(open, kLongest);
  const auto close = rest.find_first_of("[]", 1);
  if (close == std::string_view::npos || rest[close] == '[' || close + 1 >= rest.size() || rest[close + 1] != '(') return std::nullopt;
  const auto end = rest.find(')', close + 2);
  if (end == std::string_view::npos) return std::nullopt;
  return Link{rest.substr(1, close - 1), open + end + 1};
}

// Emphasis, inline code, links and images of one line.
std::string inline_text(std::string_view line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool image = c == '!' && i + 1 < line.size() && line[i + 1] == '[';
    if (image || c == '[') {
      if (const auto link = link_at(line, image ? i + 1 : i)) {
        if (!image) result += inline_text(link->shown);
        i = link->end - 1;
        continue;
      }
    }
    if (c == '\\' && i + 1 < line.size() && std::ispunct(static_cast<unsigned char>(line[i + 1])) != 0) {
      result += line[++i];
      continue;
    }
    const bool spaced = (i == 0 || line[i - 1] == ' ') && (i + 1 == line.size() || line[i + 1] == ' ');
    const bool in_word = i > 0 && i + 1 < line.size() && is_word(line[i - 1]) && is_word(line[i + 1]);
    if (c == '`' || (c == '*' && !spaced) || (c == '_' && !spaced && !in_word)) continue;
    result += c;
  }
  return result;
}

// "```" or "~~~" and how many; 0: not a fence. What follows names a language, in which no backtick may stand: "```a``` is" is code in a
// line.
std::size_t fence_length(std::string_view line) {
  if (line.size() < 3 || (line[0] != '`' && line[0] != '~')) return 0;
  const std::size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  if (line[0] == '`' && line.find('`', length) != std::string_view::npos) return 0;
  return length >= 3 ? length : 0;
}

std::size_t heading_level(std::string_view line) {
  const auto level = line.find_first_not_of('#');
  return level != std::string_view::npos && level >= 1 && level <= 6 && (line[level] == ' ' || line[level] == '\t') ? level : 0;
}

bool is_rule(std::string_view line) {
  return line.size() >= 3 && (line[0] == '-' || line[0] == '*' || line[0] == '_' || line[0] == '=') &&
         line.find_first_not_of(std::string{line[0], ' '}) == std::string_view::npos;
}

class Converter {
 public:
  void line(std::string_view raw) {
    std::string_view content = trimmed(raw);
    const std::size_t length = fence_length(content);
    if (fence_ == 0 ? length > 0 : length >= fence_ && content[0] == sign_ && length == content.size()) {
      sign_ = content[0];
      fence_ = fence_ == 0 ? length : 0;
      return;
    }
    if (fence_ > 0) return;
    while (!content.empty() && content[0] == '>') content = trimmed(content.substr(1));
    if (is_rule(content)) content = {};
    const std::size_t level = heading_level(content);
    if (level > 0) {
      content = trimmed(content.substr(level));
      const auto last = content.find_last_not_of('#');
      content = last == std::string_view::npos ? std::string_view{} : trimmed(content.substr(0, last + 1));
    }
    text_ += inline_text(bullet_kept(content));
    text_ += level > 0 ? "\n\n" : "\n";
  }

  std::string take() { return std::move(text_); }

 private:
  // A "* " bullet is written as "- ", so that it is not taken for emphasis.
  std::string bullet_kept(std::string_view content) {
    std::string result(content);
    if (content.size() >= 2 && content[0] == '*' && content[1] == ' ') result[0] = '-';
    return result;
  }

  std::string text_;
  std::size_t fence_ = 0;  // length of the open fence; 0: none
  char sign_ = '`';
};

// Length of a leading "---" block.
std::size_t front_matter(std::string_view text) {
  if (!text.starts_with("---\n") && !text.starts_with("---\r\n")) return 0;
  const auto end = text.find("\n---", 3);
  if (end == std::string_view::npos) return 0;
  const auto line_end = text.find('\n', end + 1);
  return line_end == std::string_view::npos ? text.size() : line_end + 1;
}

}  // namespace

std::string markdown_to_text(std::string_view markdown) {
  const std::string text = without_comments(markdown.substr(front_matter(markdown)));
  Converter converter;
  for_each_line(text, [&](std::string_view line) { converter.line(line); });
  return converter.take();
}

}  // namespace memllm
