#include "memory/sentence_splitter.h"

#include <unicode/brkiter.h>
#include <unicode/filteredbrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "memllm/error.h"
#include "memory/text_blocks.h"

namespace memllm {
namespace {

// Words with a full stop that does not end a sentence, beside those of ICU's own list for English (which matches a word's end, so short
// lower-case ones must not be added there). Sorted.
constexpr std::array<std::string_view, 45> kAbbreviations = {
    "Assoc.", "Bros.", "Capt.", "Cdr.",    "Cf.",  "Cmdr.", "Col.", "Dr.",     "Drs.", "Fig.",  "Figs.", "Fr.",  "Ft.",  "Gen.", "Gov.",
    "Hon.",   "Lt.",   "Maj.",  "Messrs.", "Mr.",  "Mrs.",  "Ms.",  "Mt.",     "Nos.", "Pres.", "Prof.", "Pt.",  "Pvt.", "Rep.", "Rev.",
    "Sec.",   "Sen.",  "Sgt.",  "St.",     "Sts.", "Vol.",  "al.",  "approx.", "c.",   "ca.",   "cf.",   "e.g.", "i.e.", "v.",   "vs."};
static_assert(std::is_sorted(kAbbreviations.begin(), kAbbreviations.end()));

constexpr std::string_view kBlanks = " \t";

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw Error(ErrorKind::kInternal, std::string("ICU cannot split sentences: ") + u_errorName(status));
}

struct UTextCloser {
  void operator()(UText* text) const { utext_close(text); }
};

// A character's code point at byte `at`; -1 past the end.
UChar32 character_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return -1;
  UChar32 character = 0;
  std::int32_t index = 0;
  U8_NEXT(reinterpret_cast<const std::uint8_t*>(text.data() + at), index,
          static_cast<std::int32_t>(std::min<std::size_t>(text.size() - at, 4)), character);
  return character;
}

UChar32 character_before(std::string_view text, std::size_t end) {
  const std::size_t begin = end > 4 ? end - 4 : 0;
  auto index = static_cast<std::int32_t>(end - begin);
  UChar32 character = 0;
  U8_PREV(reinterpret_cast<const std::uint8_t*>(text.data() + begin), 0, index, character);
  return character;
}

bool is_white(UChar32 character) { return character >= 0 && (u_isUWhiteSpace(character) || u_iscntrl(character)); }

void trim(std::string_view text, std::size_t& begin, std::size_t& end) {
  while (begin < end && is_white(character_at(text, begin))) begin += static_cast<std::size_t>(U8_LENGTH(character_at(text, begin)));
  while (end > begin && is_white(character_before(text, end))) end -= static_cast<std::size_t>(U8_LENGTH(character_before(text, end)));
}

// "J." and "J.R.R.": capital letters, each with its full stop.
bool is_initials(std::string_view word) {
  std::size_t at = 0;
  while (at < word.size()) {
    const UChar32 letter = character_at(word, at);
    if (!u_isupper(letter)) return false;
    at += static_cast<std::size_t>(U8_LENGTH(letter));
    if (at >= word.size() || word[at] != '.') return false;
    ++at;
  }
  return !word.empty();
}

// Whether a break that ICU made between `end` (of the trimmed sentence) and `next` (begin of the following one) is none.
bool is_false_break(std::string_view block, std::size_t begin, std::size_t end, std::size_t next) {
  if (u_islower(character_at(block, next))) return true;
  if (block[end - 1] != '.') return false;
  constexpr std::size_t kLongestWord = 64;
  std::string_view word = block.substr(begin, end - begin);
  if (word.size() > kLongestWord) word.remove_prefix(word.size() - kLongestWord);
  if (const std::size_t white = word.find_last_of(kBlanks); white != std::string_view::npos) word.remove_prefix(white + 1);
  while (!word.empty() && std::string_view("([{\"'").find(word[0]) != std::string_view::npos) word.remove_prefix(1);
  if (word == "No." && u_isdigit(character_at(block, next))) return true;
  return is_initials(word) || std::binary_search(kAbbreviations.begin(), kAbbreviations.end(), word);
}

class Splitter {
 public:
  Splitter(std::string_view text, std::size_t max_bytes) : text_(text), max_bytes_(std::max<std::size_t>(max_bytes, 4)) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::FilteredBreakIteratorBuilder> builder(
        icu::FilteredBreakIteratorBuilder::createInstance(icu::Locale("en@ss=standard"), status));
    check(status);
    icu::BreakIterator* plain = icu::BreakIterator::createSentenceInstance(icu::Locale::getEnglish(), status);
    check(status);
    breaks_.reset(builder->build(plain, status));
    check(status);
  }

  void add_block(const Span& span) {
    const auto offset = static_cast<std::size_t>(span.begin);
    std::string block(text_.substr(offset, static_cast<std::size_t>(span.end - span.begin)));
    // Within a block a line break is a space.
    std::replace_if(
        block.begin(), block.end(), [](char byte) { return byte == '\n' || byte == '\r' || byte == '\v' || byte == '\f'; }, ' ');
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UText, UTextCloser> view(utext_openUTF8(nullptr, block.data(), static_cast<std::int64_t>(block.size()), &status));
    check(status);
    breaks_->setText(view.get(), status);
    check(status);
    std::size_t sentence = 0;
    for (std::int32_t at = breaks_->next(); at != icu::BreakIterator::DONE; at = breaks_->next()) {
      auto next = static_cast<std::size_t>(at);
      std::size_t begin = sentence;
      std::size_t end = next;
      trim(block, begin, end);
      std::size_t block_end = block.size();
      trim(block, next, block_end);
      if (begin == end) continue;
      if (next < block.size() && is_false_break(block, begin, end, next)) continue;
      add_sentence(offset + begin, offset + end);
      sentence = static_cast<std::size_t>(at);
    }
  }

  std::vector<Span> take() { return std::move(sentences_); }

 private:
  void add_sentence(std::size_t begin, std::size_t end) {
    trim(text_, begin, end);
    while (end - begin > max_bytes_) {
      std::size_t cut = begin + max_bytes_;
      while ((static_cast<unsigned char>(text_[cut]) & 0xC0U) == 0x80U) --cut;
      std::size_t white = cut;
      while (white > begin && !is_white(character_at(text_, white)))
        white -= static_cast<std::size_t>(U8_LENGTH(character_before(text_, white)));
      if (white > begin) cut = white;
      push(begin, cut);
      begin = cut;
      trim(text_, begin, end);
    }
    push(begin, end);
  }

  void push(std::size_t begin, std::size_t end) {
    trim(text_, begin, end);
    if (begin < end) sentences_.push_back({static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)});
  }

  std::string_view text_;
  std::size_t max_bytes_;
  std::unique_ptr<icu::BreakIterator> breaks_;
  std::vector<Span> sentences_;
};

}  // namespace

std::vector<Span> split_sentences(std::string_view text, std::size_t max_bytes) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error(ErrorKind::kInvalidArgument, "a text of more than 2 GiB cannot be split into sentences; cut it into documents");
  }
  Splitter splitter(text, max_bytes);
  for (const Span& block : split_blocks(text)) splitter.add_block(block);
  return splitter.take();
}

}  // namespace memllm
