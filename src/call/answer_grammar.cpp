#include "call/answer_grammar.h"

#include <algorithm>
#include <utility>

namespace memllm {

AnswerGrammar::AnswerGrammar(std::string text, std::vector<std::string> fixed) : lines_(std::move(text)), fixed_(std::move(fixed)) {}

bool AnswerGrammar::admits_fixed(std::string_view piece) const {
  const std::string next = written_ + std::string(piece);
  return may_be_fixed_ && std::ranges::any_of(fixed_, [&](const std::string& answer) { return (" " + answer + "\n").starts_with(next); });
}

bool AnswerGrammar::admits_span(std::string_view piece) const {
  if (!may_be_span_) return false;
  if (wants_space_) {
    if (!piece.starts_with(' ')) return false;
    piece.remove_prefix(1);
    return piece.empty() || lines_.admits(piece);
  }
  if (piece == "\n" || piece == ";") return lines_.is_mention();
  // A line break within the text ends what may be copied.
  return piece.find('\n') == std::string_view::npos && lines_.admits(piece);
}

bool AnswerGrammar::admits(std::string_view piece) const { return !over_ && !piece.empty() && (admits_fixed(piece) || admits_span(piece)); }

void AnswerGrammar::append(std::string_view piece) {
  const bool fixed = admits_fixed(piece), span = admits_span(piece);
  may_be_fixed_ = fixed;
  may_be_span_ = span;
  written_ += piece;
  if (fixed && piece.ends_with('\n')) {
    over_ = true;
    return;
  }
  if (!span) return;
  if (wants_space_) {
    wants_space_ = false;
    span_ = piece.substr(1);
  } else if (piece == "\n" || piece == ";") {
    spans_.push_back(std::exchange(span_, {}));
    over_ = piece == "\n";
    wants_space_ = true;
  } else {
    span_ += piece;
  }
  lines_.set_name(span_);
}

int AnswerGrammar::fixed() const {
  const auto found = std::ranges::find_if(fixed_, [&](const std::string& answer) { return written_ == " " + answer + "\n"; });
  return found == fixed_.end() ? -1 : static_cast<int>(found - fixed_.begin());
}

}  // namespace memllm
