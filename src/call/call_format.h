// The one place that knows the API's tokens (paper §3): how calls are written in, and read from, a token stream.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llm/language_model.h"
#include "memllm/fact.h"
#include "memllm/options.h"
#include "memllm/query.h"

namespace memllm {

// Token layout; markers and separators are placed by id, everything between them is tokenised on its own, in training and at run time
// alike:
//   write: PRETEXT ({ USER_ST }) FOCUS ({ USER_END }) ({ MEM_WRITE --> s >> t >> o ; s >> t >> o }) EOS
//   read:  TEXT ({ MEM_READ( s >> t >> ; >> t >> o ) --> name ; name }) CONTINUATION
// Names are tokenised without a leading space. Thread rule: immutable after construction.
class CallFormat {
 public:
  // Throws kInvalidArgument when a marker or separator is not one token; the message names the flag to choose another
  // (--marker-open, --marker-close, --marker-arrow, --separator-field, --separator-item). All but the item separator need two characters or
  // more, so that text that spells them can be told from them.
  CallFormat(std::shared_ptr<const LanguageModel> model, const ModelOptions& options);

  // Text that can never hold open(), close(), arrow() or field(): such a token is replaced by the tokens of its characters, so the result
  // still spells the text (repaired UTF-8). Never holds a control token either: characters that the vocabulary cannot spell are left out.
  std::vector<Token> text_tokens(std::string_view text) const;
  // The same, for a name inside a call: the name is cleaned, and item() is kept out too: a separator of one character is replaced by its
  // full-width look-alike (";" by U+FF1B), one of several characters (">>") by the tokens of its characters. name_from_tokens maps back;
  // only a name that held the look-alike itself comes back changed, to one that is the same Name.
  std::vector<Token> name_tokens(std::string_view name) const;
  std::string name_from_tokens(std::span<const Token> tokens) const;
  // What the tokens of names and texts spell, byte by byte, as names spell it: the item separator as its look-alike.
  std::string spelling(std::span<const Token> tokens) const;

  // Prompt of a write: PRETEXT ({USER_ST}) FOCUS ({USER_END}) ({MEM_WRITE-->. pretext and focus come as text_tokens. No BOS.
  std::vector<Token> write_prompt(std::span<const Token> pretext, std::span<const Token> focus) const;
  std::vector<Token> write_header() const;                               // ({ MEM_WRITE -->
  std::vector<Token> write_body(std::span<const Triple> triples) const;  // s >> t >> o ; … }) EOS

  // write_body and read_query throw kInvalidArgument for a name that is blank or that the vocabulary cannot spell, and for a query that
  // does not have exactly one of subject and object; read_result leaves such names out.
  std::vector<Token> read_header() const;                                    // ({ MEM_READ(
  std::vector<Token> read_query(std::span<const Query> queries) const;       // s >> t >> ; >> t >> o ) -->   (follows the header)
  std::vector<Token> read_result(std::span<const std::string> names) const;  // name ; name })

  Token open() const { return open_; }
  Token close() const { return close_; }
  Token arrow() const { return arrow_; }
  Token field() const { return field_; }
  Token item() const { return item_; }
  const std::vector<Token>& read_end() const { return read_end_; }  // ")", between a query's last name and the arrow
  bool is_marker(Token token) const;                                // open, close or arrow
  bool is_reserved(Token token) const;                              // a marker, a separator, or a control token: never part of a name

  // Result of parsing generated tokens. Items that cannot be parsed are counted, not thrown.
  struct [[nodiscard]] ParsedWrite {
    std::vector<Triple> triples;
    std::size_t malformed_items = 0;
    bool closed = false;  // ended with the closing marker
  };
  ParsedWrite parse_write(std::span<const Token> body) const;  // what follows the header, up to the closing marker or EOS
  struct [[nodiscard]] ParsedRead {
    std::vector<Query> queries;
    std::size_t malformed_items = 0;
    bool well_formed = false;  // at least one query, ")" and the arrow in place, nothing malformed
  };
  ParsedRead parse_read(std::span<const Token> query) const;  // what follows the header, arrow included

 private:
  Token single_token(const std::string& text, const char* flag) const;
  void check_spelling(const ModelOptions& options) const;
  std::vector<Token> tokens_without(std::string_view text, bool in_name) const;
  std::vector<Token> required_name(const std::string& name) const;
  std::optional<Triple> parse_item(std::span<const Token> item) const;
  std::optional<Query> parse_query(std::span<const Token> item) const;

  std::shared_ptr<const LanguageModel> model_;
  Token open_, close_, arrow_, field_, item_;
  std::string item_text_, item_look_alike_;  // look-alike empty: the item separator has several characters
  std::vector<Token> write_word_, read_word_, read_end_, user_start_, user_end_;
};

}  // namespace memllm
