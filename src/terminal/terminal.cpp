#include "terminal/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace memllm::cli {
namespace {

bool colour_wanted() {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

Terminal::Terminal(int file_descriptor)
    : file_descriptor_(file_descriptor), is_terminal_(isatty(file_descriptor) == 1), colour_(is_terminal_ && colour_wanted()) {}

std::size_t Terminal::width() const {
  constexpr std::size_t kUsual = 80;
  if (!is_terminal_) return 0;
  winsize size{};
  if (ioctl(file_descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

std::string Terminal::styled(Style style, std::string_view text) const {
  const char* code = nullptr;
  switch (style) {
    case Style::kBold:
      code = "1";
      break;
    case Style::kDim:
      code = "2";
      break;
    case Style::kFact:
      code = "1;32";
      break;
    case Style::kWarning:
      code = "33";
      break;
  }
  if (!colour_ || code == nullptr) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

}  // namespace memllm::cli
