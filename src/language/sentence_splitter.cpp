#include "language/sentence_splitter.h"

#include <unicode/brkiter.h>
#include <unicode/filteredbrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/utf8.h"
#include "language/pack_file.h"
#include "language/text_blocks.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::string_view kBlanks = " \t";

void check(UErrorCode status) {
  if (U_FAILURE(status)) throw Error(ErrorKind::kInternal, std::string("ICU cannot split sentences: ") + u_errorName(status));
}

struct UTextCloser {
  void operator()(UText* text) const { utext_close(text); }
};

bool is_white(CodePoint character) { return character >= 0 && (u_isUWhiteSpace(character) || u_iscntrl(character)); }

void trim(std::string_view text, std::size_t& begin, std::size_t& end) {
  while (begin < end && is_white(character_at(text, begin).code_point)) begin += character_at(text, begin).bytes;
  while (end > begin && is_white(character_before(text, end).code_point)) end -= character_before(text, end).bytes;
}

// "J." and "J.R.R.": capital letters, each with its full stop.
bool is_initials(std::string_view word) {
  std::size_t at = 0;
  while (at < word.size()) {
    const Character letter = character_at(word, at);
    if (!u_isupper(letter.code_point)) return false;
    at += letter.bytes;
    if (at >= word.size() || word[at] != '.') return false;
    ++at;
  }
  return !word.empty();
}

struct Abbreviations {
  const std::set<std::string, std::less<>>& always;
  const std::set<std::string, std::less<>>& before_digits;
};

// Whether a break that ICU made between `end` (of the trimmed sentence) and `next` (begin of the following one) is none.
bool is_false_break(std::string_view block, std::size_t begin, std::size_t end, std::size_t next, const Abbreviations& abbreviations) {
  if (u_islower(character_at(block, next).code_point)) return true;
  if (block[end - 1] != '.') return false;
  constexpr std::size_t kLongestWord = 64;
  std::string_view word = block.substr(begin, end - begin);
  if (word.size() > kLongestWord) word.remove_prefix(word.size() - kLongestWord);
  if (const std::size_t white = word.find_last_of(kBlanks); white != std::string_view::npos) word.remove_prefix(white + 1);
  while (!word.empty() && std::string_view("([{\"'").find(word[0]) != std::string_view::npos) word.remove_prefix(1);
  if (abbreviations.before_digits.contains(word) && u_isdigit(character_at(block, next).code_point)) return true;
  return is_initials(word) || abbreviations.always.contains(word);
}

// Splits one text.
class Splitting {
 public:
  Splitting(std::string_view text, std::size_t max_bytes, const std::string& locale, const Abbreviations& abbreviations)
      : text_(text), max_bytes_(std::max<std::size_t>(max_bytes, 4)), abbreviations_(abbreviations) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::FilteredBreakIteratorBuilder> builder(
        icu::FilteredBreakIteratorBuilder::createInstance(icu::Locale((locale + "@ss=standard").c_str()), status));
    check(status);
    icu::BreakIterator* plain = icu::BreakIterator::createSentenceInstance(icu::Locale(locale.c_str()), status);
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
      if (next < block.size() && is_false_break(block, begin, end, next, abbreviations_)) continue;
      add_sentence(offset + begin, offset + end);
      sentence = static_cast<std::size_t>(at);
    }
  }

  std::vector<Span> take() { return std::move(sentences_); }

 private:
  void add_sentence(std::size_t begin, std::size_t end) {
    trim(text_, begin, end);
    while (end - begin > max_bytes_) {
      std::size_t cut = character_boundary(text_, begin + max_bytes_);
      std::size_t white = cut;
      while (white > begin && !is_white(character_at(text_, white).code_point)) white -= character_before(text_, white).bytes;
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
  Abbreviations abbreviations_;
  std::unique_ptr<icu::BreakIterator> breaks_;
  std::vector<Span> sentences_;
};

}  // namespace

SentenceSplitter::SentenceSplitter(std::string locale, const std::filesystem::path& abbreviations) : locale_(std::move(locale)) {
  const PackFile file(abbreviations, 1, 2);
  for (const PackRow& row : file.rows()) {
    const bool always = row.fields.size() == 1;
    if (!always && row.fields[1] != "before a digit") throw file.wrong(row, "knows only \"before a digit\" behind the tab");
    (always ? abbreviations_ : abbreviations_before_digits_).insert(row.fields[0]);
  }
}

std::vector<Span> SentenceSplitter::split(std::string_view text, std::size_t max_bytes) const {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw Error(ErrorKind::kInvalidArgument, "a text of more than 2 GiB cannot be split into sentences; cut it into documents");
  }
  Splitting splitting(text, max_bytes, locale_, {abbreviations_, abbreviations_before_digits_});
  for (const TextBlock& block : text_blocks(text)) splitting.add_block(block.span);
  return splitting.take();
}

}  // namespace memllm
