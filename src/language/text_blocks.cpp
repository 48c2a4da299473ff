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

enum class LineKind { kBlank, kRule, kHeading, kTableRow, kTableRule, kBullet, kNumbered, kSpeech, kText };

struct Line {
  Span span;  // without surrounding white space and markers
  LineKind kind = LineKind::kBlank;
  std::int64_t number = 0;  // of a numbered item
  int level = 0;            // of a heading
  Span speaker;             // of a speech
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

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// "[10:14] Ann: ", "[2025-03-02 10:14] Ann: ", "10:14 Ann: ", "02.03.25, 10:14 - Ann: ", "Ann (10:14): ", "[Ann, 10:14] ": what chats put
// before a line. A time of day must be in it, so that "key: value" is none.
struct SpeechMarker {
  std::size_t length = 0;  // 0: there is none
  std::size_t speaker_begin = 0, speaker_end = 0;
};

constexpr std::size_t kLongestMarker = 80;

// Bytes of a time of day at the place: "9:05", "10:14:03", "10.14"; 0: none.
std::size_t time_of_day(std::string_view line, std::size_t at) {
  std::size_t end = at;
  const auto digits = [&](std::size_t most) {
    const std::size_t begin = end;
    while (end < line.size() && end - begin < most && is_digit(line[end])) ++end;
    return end - begin;
  };
  if ((at > 0 && is_digit(line[at - 1])) || digits(2) == 0 || end >= line.size() || line[end] != ':') return 0;
  ++end;
  if (digits(2) != 2) return 0;
  if (end + 2 < line.size() && line[end] == ':' && is_digit(line[end + 1])) {
    ++end;
    digits(2);
  }
  return end < line.size() && is_digit(line[end]) ? 0 : end - at;
}

SpeechMarker speech_marker(std::string_view line) {
  const std::string_view head = line.substr(0, kLongestMarker);
  std::size_t time = 0, time_bytes = 0;
  while (time < head.size() && (time_bytes = time_of_day(head, time)) == 0) ++time;
  if (time_bytes == 0) return {};
  const std::size_t after = time + time_bytes;
  const auto trimmed = [&](std::size_t begin, std::size_t end) {
    constexpr std::string_view kAround = " \t[](),-\u2013";
    while (begin < end && kAround.find(head[begin]) != std::string_view::npos) ++begin;
    while (end > begin && kAround.find(head[end - 1]) != std::string_view::npos) --end;
    return SpeechMarker{0, begin, end};
  };
  const bool date_before = head.substr(0, time).find_first_not_of("0123456789-/.,T [(") == std::string_view::npos;
  SpeechMarker marker;
  if (date_before) {  // the name stands behind
    std::size_t begin = after;
    for (const std::string_view half : {" AM", " PM", " am", " pm", "AM", "PM", "am", "pm"}) {
      if (head.substr(begin).starts_with(half)) {
        begin += half.size();
        break;
      }
    }
    const std::size_t colon = head.find(": ", begin);
    if (colon == std::string_view::npos) return {};
    marker = trimmed(begin, colon);
    marker.length = colon + 2;
  } else {  // "Ann (10:14): ", "[Ann, 10:14] "
    const std::size_t close = head.find_first_of(")]:", after);
    if (close == std::string_view::npos || close > after + 3) return {};
    marker = trimmed(0, time);
    marker.length = head.find_first_not_of(")]: \t", close);
    if (marker.length == std::string_view::npos) return {};
  }
  const std::string_view name = head.substr(marker.speaker_begin, marker.speaker_end - marker.speaker_begin);
  const bool is_name = !name.empty() && name.size() <= 40 && !is_digit(name[0]) && std::ranges::count(name, ' ') < 4 &&
                       name.find_first_of(".!?;") == std::string_view::npos;
  return is_name && marker.length < line.size() ? marker : SpeechMarker{};
}

bool is_table_rule(std::string_view line) {
  return line.find('-') != std::string_view::npos && line.find_first_not_of("|-: \t") == std::string_view::npos;
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
    line.level = static_cast<int>(content.find_first_not_of('#'));
  } else if (bullet > 0) {
    marker = bullet;
    line.kind = LineKind::kBullet;
  } else if (number_marker(content, line.number) > 0) {
    line.kind = LineKind::kNumbered;  // the number stays part of the text
  } else if (content.size() > 1 && content.front() == '|' && content.back() == '|') {
    line.kind = is_table_rule(content) ? LineKind::kTableRule : LineKind::kTableRow;
    for (++begin, --end; begin < end && kWhite.find(text[begin]) != std::string_view::npos;) ++begin;
    while (end > begin && kWhite.find(text[end - 1]) != std::string_view::npos) --end;
    if (begin == end) line.kind = LineKind::kTableRule;
  } else if (const SpeechMarker speech = speech_marker(content); speech.length > 0) {
    marker = speech.length;
    line.kind = LineKind::kSpeech;
    line.speaker = {static_cast<std::int64_t>(begin + speech.speaker_begin), static_cast<std::int64_t>(begin + speech.speaker_end)};
  } else {
    line.kind = LineKind::kText;
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

// "Phone: 0171 555": a few words, a colon, something behind it.
bool is_key_with_value(std::string_view line) {
  constexpr std::size_t kLongestKey = 40;
  const std::size_t colon = line.substr(0, kLongestKey).find(": ");
  if (colon == std::string_view::npos || line.find_first_not_of(" \t", colon + 1) == std::string_view::npos) return false;
  const std::string_view key = line.substr(0, colon);
  return std::ranges::count(key, ' ') < 4 && key.find_first_of(".!?;,") == std::string_view::npos;
}

// Collects lines into blocks.
class BlockBuilder {
 public:
  explicit BlockBuilder(std::string_view text) : text_(text) {}

  void add(const Line& line) {
    switch (line.kind) {
      case LineKind::kRule:
        underline(line);
        [[fallthrough]];
      case LineKind::kBlank:
        flush();
        in_list_ = false;
        if (!blocks_.empty()) blocks_.back().ends_paragraph = true;
        return;
      case LineKind::kHeading:
      case LineKind::kTableRow:
        flush();
        blocks_.push_back(
            {line.kind == LineKind::kHeading ? TextBlock::Kind::kHeading : TextBlock::Kind::kTableRow, line.span, line.level});
        in_list_ = false;
        return;
      case LineKind::kTableRule:
        flush();
        return;
      case LineKind::kSpeech:
        flush();
        kind_ = TextBlock::Kind::kSpeech;
        speaker_ = line.speaker;
        lines_.push_back(line.span);
        return;
      case LineKind::kBullet:
        flush();
        in_list_ = true;
        kind_ = TextBlock::Kind::kItem;
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
    std::vector<bool> is_pair;
    for (const Span& line : lines_) is_pair.push_back(is_key_with_value(view(line)));
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const bool among_pairs = is_pair[i] && ((i > 0 && is_pair[i - 1]) || (i + 1 < lines_.size() && is_pair[i + 1]));
      if (i == 0 || is_list || among_pairs || is_deliberate_break(lines_[i - 1], lines_[i], width)) {
        const bool pair = is_pair[i] && kind_ == TextBlock::Kind::kText;
        blocks_.push_back({pair ? TextBlock::Kind::kPair : kind_, lines_[i], 0, speaker_});
      } else {
        blocks_.back().span.end = lines_[i].end;
      }
    }
    lines_.clear();
    kind_ = TextBlock::Kind::kText;
    speaker_ = {};
  }

  std::vector<TextBlock> take() {
    flush();
    if (!blocks_.empty()) blocks_.back().ends_paragraph = true;
    return std::move(blocks_);
  }

 private:
  // A rule makes a heading of the one line above it.
  void underline(const Line& rule) {
    const char mark = view(rule.span).front();
    if (lines_.size() != 1 || kind_ != TextBlock::Kind::kText || (mark != '=' && mark != '-') ||
        std::string_view(".!?").find(view(lines_.front()).back()) != std::string_view::npos) {
      return;
    }
    blocks_.push_back({TextBlock::Kind::kHeading, lines_.front(), mark == '=' ? 1 : 2});
    lines_.clear();
  }

  // As in CommonMark, a number other than 1 cannot interrupt a paragraph: it may be the wrapped end of a sentence ("… in the year\n14.
  // The").
  void add_numbered(const Line& line) {
    const bool interrupts = lines_.empty() || in_list_ || line.number == 1;
    Span span = line.span;
    if (interrupts) {
      flush();
      in_list_ = true;
      kind_ = TextBlock::Kind::kItem;
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
  std::vector<Span> lines_;                        // of the open block
  TextBlock::Kind kind_ = TextBlock::Kind::kText;  // of the open block
  Span speaker_;
  bool in_list_ = false;
  std::vector<TextBlock> blocks_;
};

}  // namespace

std::vector<TextBlock> text_blocks(std::string_view text) {
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
