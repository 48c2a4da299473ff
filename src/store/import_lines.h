// The lines of an import that have many fields, as values; what they mean is import.cpp's (docs/formats.md).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "memllm/fact.h"

namespace memllm {

// Ids are the file's. Pointers are into the line's JSON, nullptr: the line has no such field.
struct FactLine {
  std::optional<std::int64_t> id, retracted_by, successor;
  Triple triple;
  Timestamp recorded_at;
  std::optional<Timestamp> valid_from, valid_to, retracted_at;
  std::string reason;
  const nlohmann::ordered_json* gaps = nullptr;
  const nlohmann::ordered_json* sources = nullptr;
};

struct SourceLine {
  std::optional<std::int64_t> id, withdrawn_by;
  Source source;
};

inline constexpr int kExportVersion = 2;  // 1 has no sentences; it is read too

struct SentenceLine {
  std::optional<std::int64_t> id, learned_by, withdrawn_by;
  std::int64_t document = 0, number = 0;
  Span span;
  std::string text, heading, speaker;
  bool is_heading = false;
  Timestamp learned_at;
  std::optional<Timestamp> withdrawn_at;
};

struct EventLine {
  std::optional<std::int64_t> id, fact, undone_by, part_of;
  std::string kind;
  Timestamp at;
  std::string detail, author;
  const nlohmann::ordered_json* refs = nullptr;
  const nlohmann::ordered_json* payload = nullptr;
};

// now: for times that are missing. Throw kInvalidArgument.
FactLine fact_line(const nlohmann::ordered_json& json, const Timestamp& now);
SourceLine source_line(const nlohmann::ordered_json& json, const Timestamp& now);
SentenceLine sentence_line(const nlohmann::ordered_json& json, const Timestamp& now);
EventLine event_line(const nlohmann::ordered_json& json, const Timestamp& now);

}  // namespace memllm
