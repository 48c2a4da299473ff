// What standard output and standard error are connected to, and the styles that go with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memllm::cli {

enum class Style { kBold, kDim, kFact, kWarning };

// Thread rule: immutable after construction.
class Terminal {
 public:
  // Colour on a terminal only, and not when NO_COLOR is set or TERM is "dumb".
  explicit Terminal(int file_descriptor);

  bool is_terminal() const { return is_terminal_; }
  bool colour() const { return colour_; }
  std::size_t width() const;  // columns; 0: not a terminal, no limit
  // text as it is, between the style's escape sequences where there is colour. REQUIRES: printable text.
  std::string styled(Style style, std::string_view text) const;

 private:
  int file_descriptor_;
  bool is_terminal_;
  bool colour_;
};

}  // namespace memllm::cli
