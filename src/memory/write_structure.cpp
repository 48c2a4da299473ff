#include "memory/write_structure.h"

#include <utility>

namespace memllm {

bool WriteStructure::admits(Token token) const {
  if (token == format_->close()) return tokens_.empty() || item_is_complete();
  if (token == format_->item()) return item_is_complete();
  if (token == format_->field()) return field_ < 2 && !name_is_blank_;
  const std::size_t length = tokens_.size() - name_begin();
  if (length >= kMaxNameTokens || format_->is_reserved(token)) return false;
  return length > 0 || !format_->name_from_tokens({&token, 1}).empty();
}

void WriteStructure::append(Token token) {
  tokens_.push_back(token);
  advance(token);
  name_is_blank_ = format_->name_from_tokens(name(field_)).empty();
}

void WriteStructure::advance(Token token) {
  if (token == format_->item()) {
    field_ = 0;
    begins_[0] = tokens_.size();
  } else if (token == format_->field()) {
    begins_[++field_] = tokens_.size();
  }
}

void WriteStructure::truncate(std::size_t length) {
  const std::vector<Token> kept(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(length));
  tokens_.clear();
  field_ = 0;
  begins_ = {};
  for (const Token token : kept) {
    tokens_.push_back(token);
    advance(token);
  }
  name_is_blank_ = format_->name_from_tokens(name(field_)).empty();
}

std::span<const Token> WriteStructure::name(std::size_t field) const {
  const std::size_t end = field == field_ ? tokens_.size() : begins_[field + 1] - 1;
  return std::span(tokens_).subspan(begins_[field], end - begins_[field]);
}

Triple WriteStructure::item() const {
  return {format_->name_from_tokens(name(0)), format_->name_from_tokens(name(1)), format_->name_from_tokens(name(2))};
}

}  // namespace memllm
