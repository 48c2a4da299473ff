#include "call/call_format.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/name.h"
#include "base/text.h"
#include "base/utf8.h"
#include "memllm/error.h"

namespace memllm {
namespace {

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += character_at(text, at).bytes) ++count;
  return count;
}

// U+FF01 … U+FF5E for the visible ASCII character.
std::string full_width(char ascii) {
  const std::uint32_t code = static_cast<unsigned char>(ascii) + 0xFEE0U;
  return {static_cast<char>(0xE0U | (code >> 12U)), static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (text.find(from) == std::string::npos) return;
  std::string result;
  std::size_t at = 0;
  for (std::size_t hit = text.find(from); hit != std::string::npos; hit = text.find(from, at)) {
    result.append(text, at, hit - at).append(to);
    at = hit + from.size();
  }
  text = result.append(text, at);
}

std::vector<std::span<const Token>> split(std::span<const Token> tokens, Token separator) {
  std::vector<std::span<const Token>> parts;
  auto begin = tokens.begin();
  while (true) {
    const auto end = std::find(begin, tokens.end(), separator);
    parts.emplace_back(begin, end);
    if (end == tokens.end()) return parts;
    begin = end + 1;
  }
}

void append(std::vector<Token>& to, std::span<const Token> tokens) { to.insert(to.end(), tokens.begin(), tokens.end()); }

}  // namespace

CallFormat::CallFormat(std::shared_ptr<const LanguageModel> model, const ModelOptions& options) : model_(std::move(model)) {
  open_ = single_token(options.marker_open, "--marker-open");
  close_ = single_token(options.marker_close, "--marker-close");
  arrow_ = single_token(options.marker_arrow, "--marker-arrow");
  field_ = single_token(options.separator_field, "--separator-field");
  item_ = single_token(options.separator_item, "--separator-item");
  item_text_ = options.separator_item;
  check_spelling(options);
  if (item_text_.size() == 1) item_look_alike_ = full_width(item_text_[0]);
  write_word_ = text_tokens("MEM_WRITE");
  read_word_ = text_tokens("MEM_READ(");
  read_end_ = text_tokens(")");
  user_start_ = text_tokens("USER_ST");
  user_end_ = text_tokens("USER_END");
}

Token CallFormat::single_token(const std::string& text, const char* flag) const {
  const std::vector<Token> tokens = is_valid_utf8(text) ? model_->tokenize(text) : std::vector<Token>{};
  if (tokens.size() != 1 || model_->is_control(tokens[0]) || model_->piece(tokens[0]) != text) {
    throw Error(ErrorKind::kInvalidArgument,
                "\"" + repair_utf8(text) + "\" is not one token of this model's vocabulary; choose another with " + flag);
  }
  return tokens[0];
}

void CallFormat::check_spelling(const ModelOptions& options) const {
  const std::array<std::pair<const std::string*, const char*>, 4> neutralised = {{{&options.marker_open, "--marker-open"},
                                                                                  {&options.marker_close, "--marker-close"},
                                                                                  {&options.marker_arrow, "--marker-arrow"},
                                                                                  {&options.separator_field, "--separator-field"}}};
  for (const auto& [text, flag] : neutralised) {
    if (character_count(*text) < 2) {
      throw Error(ErrorKind::kInvalidArgument, "\"" + *text + "\" has fewer than two characters; choose a longer one with " + flag);
    }
  }
  const bool visible_ascii = item_text_.size() == 1 && item_text_[0] > ' ' && item_text_[0] < 0x7F;
  if (!visible_ascii && character_count(item_text_) < 2) {
    throw Error(ErrorKind::kInvalidArgument,
                "\"" + item_text_ + "\" is one character but not visible ASCII; choose another with --separator-item");
  }
  std::array<Token, 5> all = {open_, close_, arrow_, field_, item_};
  std::sort(all.begin(), all.end());
  if (std::adjacent_find(all.begin(), all.end()) != all.end()) {
    throw Error(ErrorKind::kInvalidArgument,
                "markers and separators must differ from each other; see --marker-open, --marker-close, --marker-arrow, "
                "--separator-field, --separator-item");
  }
}

bool CallFormat::is_marker(Token token) const { return token == open_ || token == close_ || token == arrow_; }

bool CallFormat::is_reserved(Token token) const {
  return is_marker(token) || token == field_ || token == item_ || model_->is_control(token);
}

std::vector<Token> CallFormat::tokens_without(std::string_view text, bool in_name) const {
  const auto forbidden = [&](Token token) { return is_reserved(token) && (in_name || token != item_); };
  std::vector<Token> result;
  const auto append_characters = [&](std::string_view characters) {
    for (std::size_t at = 0; at < characters.size();) {
      const std::size_t bytes = character_at(characters, at).bytes;
      for (const Token token : model_->tokenize(characters.substr(at, bytes))) {
        if (!forbidden(token)) result.push_back(token);
      }
      at += bytes;
    }
  };
  const std::vector<Token> tokens = model_->tokenize(text);
  // A control token has no text, so what it stood for is only known from the whole.
  if (std::any_of(tokens.begin(), tokens.end(), [&](Token token) { return model_->is_control(token); })) {
    append_characters(text);
    return result;
  }
  result.reserve(tokens.size());
  for (const Token token : tokens) {
    if (forbidden(token)) {
      append_characters(model_->piece(token));
    } else {
      result.push_back(token);
    }
  }
  return result;
}

std::vector<Token> CallFormat::text_tokens(std::string_view text) const { return tokens_without(repair_utf8(text), false); }

std::vector<Token> CallFormat::name_tokens(std::string_view name) const {
  std::string clean = clean_name(repair_utf8(name));
  if (!item_look_alike_.empty()) replace_all(clean, item_text_, item_look_alike_);
  return tokens_without(clean, true);
}

std::string CallFormat::name_from_tokens(std::span<const Token> tokens) const {
  std::string name = repair_utf8(detokenize(*model_, tokens));
  if (!item_look_alike_.empty()) replace_all(name, item_look_alike_, item_text_);
  return clean_name(name);
}

std::string CallFormat::spelling(std::span<const Token> tokens) const {
  std::string text = detokenize(*model_, tokens);
  if (!item_look_alike_.empty()) replace_all(text, item_text_, item_look_alike_);
  return text;
}

std::vector<Token> CallFormat::write_prompt(std::span<const Token> pretext, std::span<const Token> focus) const {
  std::vector<Token> prompt(pretext.begin(), pretext.end());
  prompt.push_back(open_);
  append(prompt, user_start_);
  prompt.push_back(close_);
  append(prompt, focus);
  prompt.push_back(open_);
  append(prompt, user_end_);
  prompt.push_back(close_);
  append(prompt, write_header());
  return prompt;
}

std::vector<Token> CallFormat::write_header() const {
  std::vector<Token> header = {open_};
  append(header, write_word_);
  header.push_back(arrow_);
  return header;
}

std::vector<Token> CallFormat::required_name(const std::string& name) const {
  std::vector<Token> tokens = name_tokens(name);
  if (name_from_tokens(tokens).empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "a name in a call is blank or cannot be spelled with the model's vocabulary: \"" + ellipsis(repair_utf8(name), 100) + "\"");
  }
  return tokens;
}

std::vector<Token> CallFormat::write_body(std::span<const Triple> triples) const {
  std::vector<Token> body;
  for (const Triple& triple : triples) {
    if (!body.empty()) body.push_back(item_);
    append(body, required_name(triple.subject));
    body.push_back(field_);
    append(body, required_name(triple.relation));
    body.push_back(field_);
    append(body, required_name(triple.object));
  }
  body.push_back(close_);
  if (model_->eos() >= 0) body.push_back(model_->eos());
  return body;
}

std::vector<Token> CallFormat::read_header() const {
  std::vector<Token> header = {open_};
  append(header, read_word_);
  return header;
}

std::vector<Token> CallFormat::read_query(std::span<const Query> queries) const {
  std::vector<Token> tokens;
  for (const Query& query : queries) {
    if (query.subject.has_value() == query.object.has_value()) {
      throw Error(ErrorKind::kInvalidArgument, "a query needs exactly one of subject and object");
    }
    if (!tokens.empty()) tokens.push_back(item_);
    if (query.subject) append(tokens, required_name(*query.subject));
    tokens.push_back(field_);
    append(tokens, required_name(query.relation));
    tokens.push_back(field_);
    if (query.object) append(tokens, required_name(*query.object));
  }
  append(tokens, read_end_);
  tokens.push_back(arrow_);
  return tokens;
}

std::vector<Token> CallFormat::read_result(std::span<const std::string> names) const {
  std::vector<Token> tokens;
  for (const std::string& name : names) {
    const std::vector<Token> name_part = name_tokens(name);
    if (name_part.empty()) continue;
    if (!tokens.empty()) tokens.push_back(item_);
    append(tokens, name_part);
  }
  tokens.push_back(close_);
  return tokens;
}

std::optional<Triple> CallFormat::parse_item(std::span<const Token> item) const {
  const auto fields = split(item, field_);
  if (fields.size() != 3) return std::nullopt;
  Triple triple;
  const std::array<std::string*, 3> names = {&triple.subject, &triple.relation, &triple.object};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::any_of(fields[i].begin(), fields[i].end(), [&](Token token) { return is_reserved(token); })) return std::nullopt;
    *names[i] = name_from_tokens(fields[i]);
    if (names[i]->empty()) return std::nullopt;
  }
  return triple;
}

CallFormat::ParsedWrite CallFormat::parse_write(std::span<const Token> body) const {
  const auto end = std::find_if(body.begin(), body.end(), [&](Token token) { return token == close_ || token == model_->eos(); });
  ParsedWrite parsed;
  parsed.closed =
      end != body.end() && *end == close_ && std::all_of(end + 1, body.end(), [&](Token token) { return token == model_->eos(); });
  if (end == body.begin()) return parsed;
  for (const auto item : split({body.begin(), end}, item_)) {
    if (auto triple = parse_item(item)) {
      parsed.triples.push_back(std::move(*triple));
    } else {
      ++parsed.malformed_items;
    }
  }
  return parsed;
}

std::optional<Query> CallFormat::parse_query(std::span<const Token> item) const {
  const auto fields = split(item, field_);
  if (fields.size() != 3 || fields[0].empty() == fields[2].empty()) return std::nullopt;
  if (std::any_of(item.begin(), item.end(), [&](Token token) { return token != field_ && is_reserved(token); })) return std::nullopt;
  Query query;
  query.relation = name_from_tokens(fields[1]);
  const std::string entity = name_from_tokens(fields[0].empty() ? fields[2] : fields[0]);
  if (query.relation.empty() || entity.empty()) return std::nullopt;
  (fields[0].empty() ? query.object : query.subject) = entity;
  return query;
}

CallFormat::ParsedRead CallFormat::parse_read(std::span<const Token> query) const {
  const auto arrow = std::find(query.begin(), query.end(), arrow_);
  const bool arrow_in_place = arrow != query.end() && arrow + 1 == query.end();
  std::span<const Token> items(query.begin(), arrow);
  const bool end_in_place = items.size() >= read_end_.size() &&
                            std::equal(read_end_.begin(), read_end_.end(), items.end() - static_cast<std::ptrdiff_t>(read_end_.size()));
  if (end_in_place) items = items.first(items.size() - read_end_.size());
  ParsedRead parsed;
  if (!items.empty()) {
    for (const auto item : split(items, item_)) {
      if (auto one = parse_query(item)) {
        parsed.queries.push_back(std::move(*one));
      } else {
        ++parsed.malformed_items;
      }
    }
  }
  parsed.well_formed = arrow_in_place && end_in_place && !parsed.queries.empty() && parsed.malformed_items == 0;
  return parsed;
}

}  // namespace memllm
