#include "wire/words.h"

namespace memllm {

std::string_view to_string(DocumentReport::State state) {
  switch (state) {
    case DocumentReport::State::kLearned:
      return "learned";
    case DocumentReport::State::kUnchanged:
      return "unchanged";
    case DocumentReport::State::kRelearned:
      return "relearned";
  }
  return "unknown";
}

std::string_view to_string(Doubt doubt) {
  switch (doubt) {
    case Doubt::kNone:
      return "none";
    case Doubt::kScore:
      return "score";
    case Doubt::kNames:
      return "names";
    case Doubt::kAssertion:
      return "assertion";
    case Doubt::kRelation:
      return "relation";
    case Doubt::kKind:
      return "kind";
    case Doubt::kJudgement:
      return "judgement";
  }
  return "unknown";
}

std::string_view to_string(Completion::Stop stop) {
  switch (stop) {
    case Completion::Stop::kEndOfText:
      return "end of text";
    case Completion::Stop::kLength:
      return "length";
    case Completion::Stop::kStopString:
      return "stop string";
    case Completion::Stop::kEnough:
      return "enough";
    case Completion::Stop::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

std::string_view to_string(QueryOutcome outcome) {
  switch (outcome) {
    case QueryOutcome::kFound:
      return "found";
    case QueryOutcome::kEmpty:
      return "empty";
    case QueryOutcome::kTooBroad:
      return "too broad";
  }
  return "unknown";
}

std::string_view to_string(DuplicateEntities::Likeness likeness) {
  switch (likeness) {
    case DuplicateEntities::Likeness::kSpelling:
      return "spelling";
    case DuplicateEntities::Likeness::kShortForm:
      return "short form";
    case DuplicateEntities::Likeness::kTypingError:
      return "typing error";
  }
  return "unknown";
}

std::string_view to_string(Answer::Origin origin) {
  switch (origin) {
    case Answer::Origin::kMemory:
      return "memory";
    case Answer::Origin::kModel:
      return "model";
    case Answer::Origin::kNone:
      return "none";
  }
  return "unknown";
}

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::kEmpty:
      return "empty";
    case DropReason::kTooBroad:
      return "too broad";
    case DropReason::kAmbiguous:
      return "ambiguous";
    case DropReason::kRepeated:
      return "repeated";
    case DropReason::kMalformed:
      return "malformed";
    case DropReason::kImprobable:
      return "improbable";
    case DropReason::kUnfitForAnswer:
      return "does not fit the question";
  }
  return "unknown";
}

}  // namespace memllm
