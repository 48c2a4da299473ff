// Questions about facts, in words (written by hand).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace memllm {

// Each text has one "{}", where a name belongs. No text starts with it or adds "'s" to it, so that a phrase may stand there too.
struct QuestionTemplates {
  std::string_view relation;
  // Ask for the object; {} is the subject. The first three may be trained on, the last three are for tests only.
  std::array<std::string_view, 6> object_questions;
  // Noun phrases for the object, for questions of two hops ("the director of {}"): the first for training, the second for tests.
  std::array<std::string_view, 2> object_phrases;
};

// One entry for every relation of docred_relation_names(), sorted by name.
std::span<const QuestionTemplates> question_templates();
// nullptr: no such relation.
const QuestionTemplates* find_question_templates(std::string_view relation);
// The template with the name in place of "{}". A "{}" within the name stays. Throws kInvalidArgument for a template without "{}".
std::string fill_template(std::string_view text, std::string_view name);

}  // namespace memllm
