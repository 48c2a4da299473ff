#include "base/utf8_accumulator.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"
#include "base/utf8.h"

namespace memllm {
namespace {

// Bytes of the character that begins with this byte; 1 for bytes that begin none.
std::size_t sequence_length(unsigned char lead) {
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  return 1;
}

// Bytes at the end that may be the beginning of one character.
std::size_t unfinished_tail(std::string_view bytes) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const char byte = bytes[bytes.size() - back];
    if (continues_character(byte)) continue;
    return sequence_length(static_cast<unsigned char>(byte)) > back ? back : 0;
  }
  return 0;
}

}  // namespace

void Utf8Accumulator::append(std::string_view bytes) {
  unfinished_ += bytes;
  const std::size_t tail = unfinished_tail(unfinished_);
  const std::size_t whole = unfinished_.size() - tail;
  text_ += repair_utf8(std::string_view(unfinished_).substr(0, whole));
  unfinished_.erase(0, whole);
}

void Utf8Accumulator::finish() {
  text_ += repair_utf8(unfinished_);
  unfinished_.clear();
}

}  // namespace memllm
