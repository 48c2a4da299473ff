// Passages with questions to examples of answering from sentences.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/example_file.h"
#include "call/call_format.h"
#include "language/language.h"
#include "memllm/document.h"

namespace memllm {

struct PassageQuestion {
  std::string text;
  std::string asker;                   // who "I" is; empty: nobody in particular
  std::vector<std::string> answer;     // copied from the passage; empty: it is not stated, or yes or no
  std::optional<bool> yes;             // of a yes/no question
  std::vector<std::string> sentences;  // that give the answer; empty: those that hold it
};

struct Passage {
  Document document;
  std::vector<PassageQuestion> questions;
};

// JSON Lines (docs/formats.md "Passages"). Throws kInvalidArgument with the line's number.
std::vector<Passage> read_passages(const std::filesystem::path& file);

struct AnswerExampleOptions {
  std::size_t questions = 4;     // that share one context
  double keep = 0.6;             // share of the passage's other sentences that stand in it
  double drop_answer = 0.12;     // share of the questions whose sentences are left out: then it is not stated
  std::size_t others = 2;        // other passages of which a few sentences stand in it, at most
  std::size_t max_tokens = 400;  // of a context
  std::uint64_t seed = 1;
};

// Each passage's questions in groups; a group is an example: segment 0 is BOS and the context (no loss), each question a branch with loss
// on its answer. The sentences that answer the group's questions stand in its context, with a part of the others, in the text's order,
// among sentences of other passages.
std::vector<Example> answer_examples(const std::vector<Passage>& passages, const LanguageModel& model, const CallFormat& format,
                                     const Language& language, const AnswerExampleOptions& options);

}  // namespace memllm
