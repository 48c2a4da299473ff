// Texts to learn from, and what was learned from them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "memllm/fact.h"

namespace memllm {

struct Document {
  std::string name;  // identifies the document in the memory: the same name again means a new version
  std::string text;  // UTF-8; invalid bytes are replaced by U+FFFD with a warning
  // Sentence boundaries if the format knows them (DocRED), as byte spans in text that cut no character; empty, or where text had to be
  // repaired: split by ICU.
  std::vector<Span> sentences;
  std::string title = {};   // what it is about; empty: made of the name
  std::string author = {};  // who "I" is in it; empty: unknown
  std::string date = {};    // when it was written, as it gives it ("2024-05-03"); empty: unknown
};

enum class LearnMode { kStore, kDryRun };

// Why a fact that the model wrote is not believed.
enum class Doubt {
  kNone,
  kScore,      // below the threshold
  kNames,      // its sentence does not state both names, nor who is meant by a pronoun, a short form or "I"
  kAssertion,  // its sentence asks, denies or supposes it
  kRelation,   // its sentence has no word of the kin, office or turn of life that it is about
  kKind,       // a name is a date where the relation wants a person, and the like
  kJudgement   // asked for its object, the model finds another answer in its sentence, or none
};

struct LearnedFact {
  Triple triple;
  Source source;
  std::optional<FactId> id;  // empty in a dry run
  bool quarantined = false;  // it is stored, but not believed
  bool rejected = false;     // a person has corrected or rejected it, as read from this very sentence: it is not believed again
  Doubt doubt = Doubt::kNone;
  std::optional<double> judgement = std::nullopt;  // log-odds (natural) of its object as the answer against "not stated"; empty: not asked
};

struct DocumentReport {
  std::string document;
  enum class State { kLearned, kUnchanged, kRelearned } state = State::kLearned;
  std::vector<LearnedFact> facts;
  std::size_t sentences = 0;
  std::size_t quarantined = 0;  // of the facts
  std::size_t rejected = 0;     // of the facts
  std::size_t retracted = 0;    // facts that only the old version supported
  std::size_t malformed = 0;    // items that could not be parsed, or whose names do not stand in what the model saw
};
// What learn did.
struct LearnSummary {
  std::vector<DocumentReport> documents;  // that are complete, in their order
  bool cancelled = false;                 // it was stopped before all were; learning the same documents again goes on after these
};

// Given a document's report as soon as it is stored (in a dry run: done) or known to be unchanged.
using ReportCallback = std::function<void(const DocumentReport&)>;

}  // namespace memllm
