// Which facts are asked for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "memllm/fact.h"

namespace memllm {

// Which facts list and search return. Empty optionals do not restrict. Names match by exact name or alias.
struct FactFilter {
  std::optional<std::string> subject;
  std::optional<std::string> relation;
  std::optional<std::string> object;
  std::optional<std::string> entity;  // subject or object
  std::optional<std::string> document;
  std::optional<Timestamp> as_of;  // believe what was believed then
  enum class State {
    kActive,
    kQuarantined,
    kRetracted,
    kAll
  } state = State::kActive;  // kQuarantined: what waits in quarantine, with as_of what waited then
  std::size_t offset = 0;
  std::size_t limit = 1000;
};

}  // namespace memllm
