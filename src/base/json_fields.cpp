#include "base/json_fields.h"

#include <limits>
#include <utility>

#include "base/clock.h"
#include "memllm/error.h"

namespace memllm {

JsonFields::JsonFields(std::string what, const Json& json) : what_(std::move(what)), json_(json) {
  if (!json.is_object()) throw Error(ErrorKind::kInvalidArgument, "a " + what_ + " must be a JSON object");
}

void JsonFields::fail(const std::string& key, const std::string& why) const {
  throw Error(ErrorKind::kInvalidArgument, "the " + what_ + "'s \"" + key + "\" " + why);
}

const JsonFields::Json* JsonFields::find(const std::string& key) {
  known_.insert(key);
  const auto found = json_.find(key);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> JsonFields::optional_text(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail(key, "must be a string");
  return value->get<std::string>();
}

std::string JsonFields::text(const std::string& key) {
  auto value = optional_text(key);
  if (!value) fail(key, "is missing");
  return *std::move(value);
}

std::string JsonFields::text_or(const std::string& key, const std::string& fallback) { return optional_text(key).value_or(fallback); }

bool JsonFields::boolean_or(const std::string& key, bool fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) fail(key, "must be true or false");
  return value->get<bool>();
}

std::optional<std::int64_t> JsonFields::optional_integer(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const bool fits =
      value->is_number_integer() &&
      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!fits) fail(key, "must be a whole number");
  return value->get<std::int64_t>();
}

std::int64_t JsonFields::integer(const std::string& key) {
  const auto value = optional_integer(key);
  if (!value) fail(key, "is missing");
  return *value;
}

std::optional<std::int64_t> JsonFields::optional_id(const std::string& key) {
  const auto value = optional_integer(key);
  if (value && (*value < 1 || *value > kMaxId)) fail(key, "is no id");
  return value;
}

std::optional<double> JsonFields::optional_number(const std::string& key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) fail(key, "must be a number");
  return value->get<double>();
}

std::optional<Timestamp> JsonFields::optional_time(const std::string& key) {
  const auto value = optional_text(key);
  return value ? std::optional(parse_timestamp(*value)) : std::nullopt;
}

std::optional<Span> JsonFields::optional_span(const std::string& key) {
  const Json* value = optional_array(key);
  if (value == nullptr) return std::nullopt;
  if (value->size() != 2 || !(*value)[0].is_number_integer() || !(*value)[1].is_number_integer()) fail(key, "must be [begin, end]");
  return Span{(*value)[0].get<std::int64_t>(), (*value)[1].get<std::int64_t>()};
}

const JsonFields::Json* JsonFields::optional_array(const std::string& key) {
  const Json* value = find(key);
  if (value != nullptr && !value->is_array()) fail(key, "must be an array");
  return value;
}

const JsonFields::Json* JsonFields::optional_object(const std::string& key) {
  const Json* value = find(key);
  if (value != nullptr && !value->is_object()) fail(key, "must be an object");
  return value;
}

void JsonFields::refuse_others() const {
  for (const auto& item : json_.items()) {
    if (!known_.contains(item.key())) fail(item.key(), "is not known");
  }
}

}  // namespace memllm
