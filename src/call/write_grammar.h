// Decoding rule: the form of a write call, token by token.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "call/call_format.h"
#include "call/mention_grammar.h"
#include "call/write_trie.h"
#include "llm/language_model.h"
#include "memllm/fact.h"

namespace memllm {

// body = close | item { ";" item } close;  item = name ">>" name ">>" name. A name is not blank, has at most kMaxNameTokens tokens and
// holds nothing reserved; the second one is a known relation, where those are given. The closing marker itself is never appended: a call
// ends where it is chosen.
class WriteGrammar {
 public:
  static constexpr std::size_t kMaxNameTokens = 48;

  // text: what subjects and objects are looked for in; nullopt: anything stands in it. relations: null, or none: any name may be one.
  explicit WriteGrammar(const CallFormat& format, std::optional<std::string> text = std::nullopt, const WriteTrie* relations = nullptr);

  bool admits(Token token) const;
  // False if a subject or object with (or, before a separator, without) this token is no mention of the text. REQUIRES: admits(token).
  bool stands_in_text(Token token) const;
  // The only token that is admitted, in a relation; nullopt: there is a choice, or this is no relation.
  std::optional<Token> forced() const;
  void append(Token token);           // REQUIRES: admits(token), not the closing marker
  void truncate(std::size_t length);  // REQUIRES: length ≤ tokens().size()

  const std::vector<Token>& tokens() const { return tokens_; }
  bool at_object_begin() const { return field_ == 2 && name_begin() == tokens_.size(); }
  bool item_is_complete() const { return field_ == 2 && !name_is_blank_; }
  std::size_t item_begin() const { return begins_[0]; }
  std::size_t object_begin() const { return begins_[2]; }  // REQUIRES: the item's object has begun
  // Length of the body up to the last item that is followed by a separator, without that separator.
  std::size_t complete_length() const { return item_begin() == 0 ? 0 : item_begin() - 1; }
  Triple item() const;  // the open item. REQUIRES: item_is_complete()
  // The name that is being written, and the subject of the item before this one; empty: there is none.
  std::span<const Token> open_name() const { return name(field_); }
  std::span<const Token> last_subject() const { return std::span(tokens_).subspan(last_subject_.begin, last_subject_.length); }
  bool is_in_relation() const { return field_ == 1; }

 private:
  std::size_t name_begin() const { return begins_[field_]; }
  std::span<const Token> name(std::size_t field) const;
  void advance(Token token);
  void name_changed();
  bool is_looked_for() const { return text_ && field_ != 1; }

  const CallFormat* format_;
  std::optional<MentionGrammar> text_;
  const WriteTrie* relations_;
  WriteTrie::Node relation_ = WriteTrie::kRoot;  // of the name, in field 1
  struct {
    std::size_t begin = 0, length = 0;
  } last_subject_;
  std::vector<Token> tokens_;
  std::size_t field_ = 0;                // of the open item: 0 subject, 1 relation, 2 object
  std::array<std::size_t, 3> begins_{};  // where each field of the open item begins
  bool name_is_blank_ = true;
  bool name_is_mention_ = true;  // of the text, if there is one
};

}  // namespace memllm
