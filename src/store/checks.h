// What comes in from outside, checked and brought into the stored form. Everything throws kInvalidArgument, naming what is wrong.
#pragma once

#include <string>
#include <string_view>

#include "base/name.h"
#include "memllm/statement.h"

namespace memllm {

// What stands where text was that named something forgotten.
inline constexpr char kForgotten[] = "(forgotten)";

// A name as it is stored: cleaned, of the spelling given. what: "subject", "relation", … for the message.
Name checked_name(std::string_view what, const std::string& name);
// Valid UTF-8 of any length.
void check_text(std::string_view what, const std::string& text);
// Names cleaned, times canonical, spans and numbers in range.
Statement checked_statement(const Statement& statement);
Source checked_source(const Source& source);
// Canonical times; from must not be after to.
void check_valid_time(std::optional<Timestamp>& from, std::optional<Timestamp>& to);

}  // namespace memllm
