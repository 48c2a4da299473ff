#include "store/checks.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/name.h"
#include "base/text.h"
#include "memllm/error.h"

namespace memllm {
namespace {

[[noreturn]] void refuse(std::string_view what, const std::string& why) {
  throw Error(ErrorKind::kInvalidArgument, "the " + std::string(what) + " " + why);
}

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == 0x7F) return true;
    // U+0080 … U+009F.
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

void check_span(std::string_view what, const Span& span) {
  if (span.begin < 0 || span.end < span.begin) refuse(what, "is not a range of bytes");
}

}  // namespace

Name checked_name(std::string_view what, const std::string& name) {
  if (name.size() > kMaxNameBytes) refuse(what, "is longer than " + std::to_string(kMaxNameBytes) + " bytes: " + ellipsis(name, 60));
  if (!is_valid_utf8(name)) refuse(what, "is not valid UTF-8");
  if (has_control_character(name)) refuse(what, "holds a control character: " + clean_name(name));
  Name clean(clean_name(name));
  if (clean.is_blank()) refuse(what, "is blank");
  return clean;
}

void check_text(std::string_view what, const std::string& text) {
  if (!is_valid_utf8(text)) refuse(what, "is not valid UTF-8");
}

void check_valid_time(std::optional<Timestamp>& from, std::optional<Timestamp>& to) {
  if (from) from = parse_timestamp(*from);
  if (to) to = parse_timestamp(*to);
  if (from && to && *to < *from) throw Error(ErrorKind::kInvalidArgument, "a fact cannot hold from " + *from + " to " + *to);
}

Source checked_source(const Source& source) {
  Source checked = source;
  check_text("document's name", checked.document);
  if (has_control_character(checked.document)) refuse("document's name", "holds a control character");
  check_text("source's text", checked.text);
  check_text("author", checked.author);
  check_text("model's fingerprint", checked.model);
  check_text("adapter's fingerprint", checked.adapter);
  if (checked.sentence < -1) refuse("sentence's number", "is negative");
  check_span("sentence's span", checked.sentence_span);
  if (checked.subject_span) check_span("subject's span", *checked.subject_span);
  if (checked.object_span) check_span("object's span", *checked.object_span);
  if (checked.mean_log_probability && !std::isfinite(*checked.mean_log_probability)) refuse("log-probability", "is not a finite number");
  if (!checked.asserted_at.empty()) checked.asserted_at = parse_timestamp(checked.asserted_at);
  return checked;
}

Statement checked_statement(const Statement& statement) {
  Statement checked = statement;
  checked.triple.subject = checked_name("subject", statement.triple.subject).text;
  checked.triple.relation = checked_name("relation", statement.triple.relation).text;
  checked.triple.object = checked_name("object", statement.triple.object).text;
  checked.source = checked_source(statement.source);
  check_valid_time(checked.valid_from, checked.valid_to);
  return checked;
}

}  // namespace memllm
