#include "language/outline.h"

#include <cstddef>
#include <map>
#include <utility>

#include "base/name.h"
#include "language/text_blocks.h"

namespace memllm {
namespace {

constexpr std::size_t kLongestHeading = 80;  // bytes
constexpr std::string_view kBetween = " > ";

// Depth of a heading without a marker, below all that have one.
constexpr int kPlainLevel = 7;
constexpr int kLeadLevel = 8;  // of a list or of lines "key: value"
constexpr int kHeaderLevel = 9;

class Outliner {
 public:
  explicit Outliner(std::string_view text) : text_(text), blocks_(text_blocks(text)) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (begins_pairs(i)) ++records_[key(i)];
    }
  }

  const std::vector<TextBlock>& blocks() const { return blocks_; }

  // What stands over the block; to be asked for each block, in order.
  OutlinedSentence above(std::size_t number) {
    const TextBlock& block = blocks_[number];
    if (block.kind != TextBlock::Kind::kTableRow) close(kHeaderLevel);
    const int level = level_of(number);
    if (level > 0) close(level);
    OutlinedSentence over{{}, path(), block.kind == TextBlock::Kind::kSpeech ? clean_name(view(block.speaker)) : std::string(), false};
    over.is_heading = level > 0;
    const bool begins_record = begins_pairs(number) && records_.at(key(number)) > 1;
    if (begins_record) close(kLeadLevel);
    if (level > 0 || begins_record) {
      headings_.emplace_back(level > 0 ? level : kLeadLevel, clean_name(view(block.span)));
      lead_is_over_ = false;
    }
    // The lead of a list that a blank line divides from it goes on until the list's own end.
    if (block.ends_paragraph && (level != kLeadLevel || !is_listed(number + 1))) lead_is_over_ = true;
    return over;
  }

  void begin(std::size_t number) {
    if (number > 0 && lead_is_over_) close(kLeadLevel);
    lead_is_over_ = false;
  }

 private:
  std::string_view view(const Span& span) const {
    return text_.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
  }

  bool is_listed(std::size_t number) const {
    return number < blocks_.size() && (blocks_[number].kind == TextBlock::Kind::kItem || blocks_[number].kind == TextBlock::Kind::kPair);
  }

  // The first of several lines "key: value" in a paragraph. Where several paragraphs begin with the same key they are records, and the
  // first line says what the others are about ("Name: Ada Quill").
  bool begins_pairs(std::size_t number) const {
    const bool begins_paragraph = number == 0 || blocks_[number - 1].ends_paragraph;
    return begins_paragraph && blocks_[number].kind == TextBlock::Kind::kPair && !blocks_[number].ends_paragraph &&
           number + 1 < blocks_.size() && blocks_[number + 1].kind == TextBlock::Kind::kPair;
  }

  std::string_view key(std::size_t number) const {
    const std::string_view line = view(blocks_[number].span);
    return line.substr(0, line.find(':'));
  }

  // 0: it is no heading.
  int level_of(std::size_t number) const {
    const TextBlock& block = blocks_[number];
    const bool begins_paragraph =
        number == 0 || blocks_[number - 1].ends_paragraph || blocks_[number - 1].kind == TextBlock::Kind::kHeading;
    const std::string_view line = view(block.span);
    switch (block.kind) {
      case TextBlock::Kind::kHeading:
        return block.level;
      case TextBlock::Kind::kTableRow: {
        const bool first = number == 0 || blocks_[number - 1].kind != TextBlock::Kind::kTableRow;
        return first && number + 1 < blocks_.size() && blocks_[number + 1].kind == TextBlock::Kind::kTableRow ? kHeaderLevel : 0;
      }
      case TextBlock::Kind::kText:
        break;
      default:
        return 0;
    }
    const bool is_line = line.size() <= kLongestHeading && line.find('\n') == std::string_view::npos;
    if (!is_line || number + 1 == blocks_.size() || std::string_view(".!?,;").find(line.back()) != std::string_view::npos) return 0;
    if (is_listed(number + 1) && (begins_paragraph || line.back() == ':')) return kLeadLevel;
    return begins_paragraph && block.ends_paragraph ? kPlainLevel : 0;
  }

  void close(int level) {
    while (!headings_.empty() && headings_.back().first >= level) headings_.pop_back();
  }

  std::string path() const {
    std::string path;
    for (const auto& [level, heading] : headings_) path.append(path.empty() ? "" : kBetween).append(heading);
    return path;
  }

  std::string_view text_;
  std::vector<TextBlock> blocks_;
  std::map<std::string_view, int> records_;            // by the key that begins them
  std::vector<std::pair<int, std::string>> headings_;  // open ones, outermost first
  bool lead_is_over_ = false;
};

}  // namespace

std::vector<OutlinedSentence> outline(std::string_view text, const SentenceSplitter& sentences) {
  std::vector<OutlinedSentence> outlined;
  Outliner outliner(text);
  const std::vector<Span> spans = sentences.split(text);
  std::size_t next = 0;
  for (std::size_t number = 0; number < outliner.blocks().size(); ++number) {
    outliner.begin(number);
    const OutlinedSentence over = outliner.above(number);
    for (; next < spans.size() && spans[next].begin < outliner.blocks()[number].span.end; ++next) {
      outlined.push_back(over);
      outlined.back().span = spans[next];
    }
  }
  return outlined;
}

}  // namespace memllm
