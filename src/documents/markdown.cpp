#include "documents/markdown.h"

#include <md4c.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "memllm/error.h"

namespace memllm {
namespace {

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

// Length of a leading block between two lines "---", the second of which may be "..." (YAML's end of a document).
std::size_t front_matter(std::string_view text) {
  const auto line_at = [&](std::size_t begin) {
    std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  if (line_at(0) != "---") return 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    const std::string_view line = line_at(end + 1);
    if (line != "---" && line != "...") continue;
    const auto next = text.find('\n', end + 1);
    return next == std::string_view::npos ? text.size() : next + 1;
  }
  return 0;
}

// What the parser of md4c finds, as text. A block is set off by a blank line where the next one begins, an item of a list by a line break.
class Converter {
 public:
  std::string convert(std::string_view markdown) {
    if (markdown.size() > std::numeric_limits<MD_SIZE>::max()) {
      throw Error(ErrorKind::kInvalidArgument, "a Markdown document has at most 4 GiB; divide it");
    }
    MD_PARSER parser{};
    // The tags of HTML are left out where they stand; the text between them is text. Poetry and lists are often indented.
    parser.flags = MD_FLAG_NOHTMLBLOCKS | MD_FLAG_NOINDENTEDCODEBLOCKS;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return of(self).enter_block(type, detail); };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) { return of(self).leave_block(type); };
    parser.enter_span = [](MD_SPANTYPE type, void*, void* self) { return of(self).change_hidden(type == MD_SPAN_IMG ? 1 : 0); };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* self) { return of(self).change_hidden(type == MD_SPAN_IMG ? -1 : 0); };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) { return of(self).add(type, {text, size}); };
    if (md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, this) != 0) {
      throw Error(ErrorKind::kInternal, "the Markdown parser ran out of memory");
    }
    end_with("\n");
    return std::move(text_);
  }

 private:
  static Converter& of(void* self) { return *static_cast<Converter*>(self); }

  int enter_block(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
        if (!item_begins_) end_with(lists_.empty() ? "\n\n" : "\n");
        lists_.push_back(type == MD_BLOCK_UL ? std::nullopt : std::optional(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start));
        break;
      case MD_BLOCK_LI:
        if (!item_begins_) end_with("\n");
        text_ += lists_.back() ? std::to_string((*lists_.back())++) + ". " : "- ";
        item_begins_ = true;
        break;
      case MD_BLOCK_CODE:
        change_hidden(1);
        break;
      case MD_BLOCK_HR:
        break;
      case MD_BLOCK_H:
        if (!item_begins_) end_with("\n\n");
        text_.append(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level, '#') += ' ';
        break;
      default:
        if (!item_begins_) end_with("\n\n");
    }
    return 0;
  }

  int leave_block(MD_BLOCKTYPE type) {
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) lists_.pop_back();
    if (type == MD_BLOCK_LI) item_begins_ = false;
    return change_hidden(type == MD_BLOCK_CODE ? -1 : 0);
  }

  int change_hidden(int change) {
    hidden_ += change;
    return 0;
  }

  int add(MD_TEXTTYPE type, std::string_view content) {
    if (hidden_ > 0) return 0;
    item_begins_ = false;
    switch (type) {
      case MD_TEXT_HTML:
        if (content.starts_with("<br")) text_ += '\n';
        break;
      case MD_TEXT_BR:
      case MD_TEXT_SOFTBR:
        text_ += '\n';
        break;
      case MD_TEXT_ENTITY:
        text_ += entity(content);
        break;
      default:
        text_ += content;
    }
    return 0;
  }

  static std::string_view entity(std::string_view written) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kEntities{
        {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&nbsp;", " "}}};
    const auto known = std::ranges::find(kEntities, written, &std::pair<std::string_view, std::string_view>::first);
    return known == kEntities.end() ? written : known->second;
  }

  void end_with(std::string_view breaks) {
    if (text_.empty()) return;
    while (!text_.ends_with(breaks)) text_ += '\n';
  }

  std::string text_;
  std::vector<std::optional<unsigned>> lists_;  // the open ones, outermost first: an ordered one's next number
  int hidden_ = 0;                              // images and code around what comes
  bool item_begins_ = false;                    // nothing but its sign is there yet
};

}  // namespace

std::vector<std::pair<std::string, std::string>> front_matter_of(std::string_view markdown) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string_view block = markdown.substr(0, front_matter(markdown));
  const auto trimmed = [](std::string_view text) {
    constexpr std::string_view kAround = " \t\r\"'";
    const std::size_t begin = std::min(text.find_first_not_of(kAround), text.size());
    return std::string(text.substr(begin, text.find_last_not_of(kAround) + 1 - begin));
  };
  while (!block.empty()) {
    const std::string_view line = block.substr(0, block.find('\n'));
    block.remove_prefix(std::min(line.size() + 1, block.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.empty() || line[0] == ' ' || line[0] == '-') continue;
    fields.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
  }
  return fields;
}

std::string markdown_to_text(std::string_view markdown) {
  return Converter().convert(without_comments(markdown.substr(front_matter(markdown))));
}

}  // namespace memllm
