// Facts as a caller sees them: plain values, no handle into the memory.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memllm {

using FactId = std::int64_t;   // positive, never used twice, also not after forget
using EventId = std::int64_t;  // positive, grows with time

// A point in time, RFC 3339 in UTC with milliseconds ("2026-11-21T05:01:02.003Z"): sorts as text.
using Timestamp = std::string;

// Half-open range of byte offsets into a UTF-8 text.
struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  auto operator<=>(const Span&) const = default;
};

struct Triple {
  std::string subject;
  std::string relation;
  std::string object;
  auto operator<=>(const Triple&) const = default;
};

// Where a fact came from: one sentence of one document, or a person (document empty, author set).
struct Source {
  std::string document;                        // name of the document as given to learn; empty when stated by hand
  std::int64_t sentence = -1;                  // 0-based number of the sentence in the document; -1: none
  std::string text;                            // the sentence as written
  Span sentence_span;                          // bytes of the sentence in the document
  std::optional<Span> subject_span;            // bytes of the subject's mention in text, if found
  std::optional<Span> object_span;             // bytes of the object's mention in text, if found
  std::string author;                          // "model" or who stated it ("user", "import", …)
  std::string model;                           // fingerprint of the model that wrote the fact; empty: none
  std::string adapter;                         // fingerprint of its write adapter; empty: none
  std::optional<double> mean_log_probability;  // natural log, mean over the fact's tokens in the call
  Timestamp asserted_at;
  bool operator==(const Source&) const = default;
};

struct Fact {
  FactId id = 0;
  std::string name_space;  // "default" unless chosen
  std::string subject;     // canonical names, as written when first seen
  std::string relation;
  std::string object;
  std::vector<Source> sources;          // oldest first
  Timestamp recorded_at;                // transaction time
  std::optional<Timestamp> valid_from;  // the interval for which it holds, if known
  std::optional<Timestamp> valid_to;
  std::optional<Timestamp> retracted_at;  // set: no longer believed
  std::string retraction_reason;
  bool quarantined = false;  // stored for review (retracted_at is set): not believed until accepted or stated again with a better score
  std::optional<FactId> successor;  // the fact that replaced this one
  bool active() const { return !retracted_at.has_value(); }
  bool operator==(const Fact&) const = default;
};

// One change of the memory. Every change is an event; undo of an event is itself an event.
// kLearn: a whole run of learn, which its documents' events are parts of.
enum class EventKind {
  kAdd,
  kSupport,
  kUnsupport,
  kQuarantine,
  kAccept,
  kRetract,
  kEdit,
  kUndo,
  kForget,
  kAlias,
  kPolicy,
  kDocument,
  kLearn
};

struct Event {
  EventId id = 0;
  EventKind kind = EventKind::kAdd;
  Timestamp at;
  std::optional<FactId> fact;  // empty for events of entities, relations and documents, and after forget
  std::string detail;          // human text: what changed, from what to what
  std::string author;
  std::optional<EventId> undone_by;
  std::optional<EventId> part_of;  // the event that it is a step of: undone with it
};

}  // namespace memllm
