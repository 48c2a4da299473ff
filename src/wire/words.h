// What the public enums are called, in JSON and for people.
#pragma once

#include <string_view>

#include "memllm/completion.h"
#include "memllm/document.h"
#include "memllm/duplicate.h"
#include "memllm/query.h"

namespace memllm {

std::string_view to_string(Doubt doubt);                           // "names"
std::string_view to_string(DocumentReport::State state);           // "learned"
std::string_view to_string(Completion::Stop stop);                 // "end of text"
std::string_view to_string(QueryOutcome outcome);                  // "found"
std::string_view to_string(DropReason reason);                     // "too broad"
std::string_view to_string(Answer::Origin origin);                 // "memory"
std::string_view to_string(DuplicateEntities::Likeness likeness);  // "short form"

}  // namespace memllm
