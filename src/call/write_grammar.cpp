#include "call/write_grammar.h"

#include <utility>

namespace memllm {

WriteGrammar::WriteGrammar(const CallFormat& format, std::optional<std::string> text, const WriteTrie* relations)
    : format_(&format), relations_(relations != nullptr && !relations->empty() ? relations : nullptr) {
  if (text) text_.emplace(std::move(*text));
}

bool WriteGrammar::admits(Token token) const {
  if (token == format_->close()) return tokens_.empty() || item_is_complete();
  if (token == format_->item()) return item_is_complete();
  if (relations_ != nullptr && field_ == 1) {
    return token == format_->field() ? relations_->is_relation(relation_) : relations_->next(relation_, token).has_value();
  }
  if (token == format_->field()) return field_ < 2 && !name_is_blank_;
  const std::size_t length = tokens_.size() - name_begin();
  if (length >= kMaxNameTokens || format_->is_reserved(token)) return false;
  return length > 0 || !format_->name_from_tokens({&token, 1}).empty();
}

bool WriteGrammar::stands_in_text(Token token) const {
  if (!is_looked_for() || (tokens_.empty() && token == format_->close())) return true;
  return format_->is_reserved(token) ? name_is_mention_ : text_->admits(format_->spelling({&token, 1}));
}

std::optional<Token> WriteGrammar::forced() const {
  return relations_ != nullptr && field_ == 1 ? relations_->forced(relation_) : std::nullopt;
}

void WriteGrammar::append(Token token) {
  tokens_.push_back(token);
  advance(token);
  name_changed();
}

void WriteGrammar::name_changed() {
  name_is_blank_ = format_->name_from_tokens(name(field_)).empty();
  name_is_mention_ = true;
  if (!is_looked_for()) return;
  text_->set_name(format_->spelling(name(field_)));
  name_is_mention_ = text_->is_mention();
}

void WriteGrammar::advance(Token token) {
  if (token == format_->item()) {
    last_subject_ = {begins_[0], begins_[1] - 1 - begins_[0]};
    field_ = 0;
    begins_[0] = tokens_.size();
  } else if (token == format_->field()) {
    begins_[++field_] = tokens_.size();
    relation_ = WriteTrie::kRoot;
  } else if (relations_ != nullptr && field_ == 1) {
    relation_ = relations_->next(relation_, token).value_or(WriteTrie::kRoot);
  }
}

void WriteGrammar::truncate(std::size_t length) {
  const std::vector<Token> kept(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(length));
  tokens_.clear();
  field_ = 0;
  begins_ = {};
  last_subject_ = {};
  for (const Token token : kept) {
    tokens_.push_back(token);
    advance(token);
  }
  name_changed();
}

std::span<const Token> WriteGrammar::name(std::size_t field) const {
  const std::size_t end = field == field_ ? tokens_.size() : begins_[field + 1] - 1;
  return std::span(tokens_).subspan(begins_[field], end - begins_[field]);
}

Triple WriteGrammar::item() const {
  return {format_->name_from_tokens(name(0)), format_->name_from_tokens(name(1)), format_->name_from_tokens(name(2))};
}

}  // namespace memllm
