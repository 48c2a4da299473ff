// One line of a JSONL file, read field by field: every complaint names the field, and fields that nobody asked for are complaints too.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "memllm/error.h"
#include "memllm/fact.h"

namespace memllm {

inline constexpr std::int64_t kMaxId = std::int64_t{1} << 53;  // what every JSON reader keeps exactly

// Throws Error(kInvalidArgument); the caller adds the line's number. Thread rule: one thread.
class JsonFields {
 public:
  using Json = nlohmann::ordered_json;

  // what: "fact", "source", … for messages. REQUIRES: json outlives this.
  JsonFields(std::string what, const Json& json);

  std::string text(const std::string& key);
  std::string text_or(const std::string& key, const std::string& fallback);
  std::optional<std::string> optional_text(const std::string& key);
  std::int64_t integer(const std::string& key);
  bool boolean_or(const std::string& key, bool fallback);
  std::optional<std::int64_t> optional_integer(const std::string& key);
  std::optional<std::int64_t> optional_id(const std::string& key);  // 1 … kMaxId
  std::optional<double> optional_number(const std::string& key);
  std::optional<Timestamp> optional_time(const std::string& key);  // canonical
  std::optional<Span> optional_span(const std::string& key);       // [begin, end]
  const Json* optional_array(const std::string& key);
  const Json* optional_object(const std::string& key);
  // To be called last.
  void refuse_others() const;

  [[noreturn]] void fail(const std::string& key, const std::string& why) const;

 private:
  const Json* find(const std::string& key);

  std::string what_;
  const Json& json_;
  std::set<std::string> known_;
};

}  // namespace memllm
