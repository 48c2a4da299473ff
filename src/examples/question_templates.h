// Questions about facts, in words (written by hand).
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memllm {

// Each text has one "{}", where a name belongs. No text starts with it or adds "'s" to it, so that a phrase may stand there too.
struct QuestionTemplates {
  std::string relation;
  // Ask for the object; {} is the subject. The first three may be trained on, the last three are for tests only.
  std::array<std::string, 6> object_questions;
  // Noun phrases for the object, for questions of two hops ("the director of {}"): the first for training, the second for tests.
  std::array<std::string, 2> object_phrases;
};

// A language pack's question_templates.tsv. Thread rule: immutable after construction.
class QuestionTemplateTable {
 public:
  // pack: its folder. Throws kNotFound, kCorrupt.
  explicit QuestionTemplateTable(const std::filesystem::path& pack);

  std::span<const QuestionTemplates> all() const { return templates_; }  // sorted by relation
  const QuestionTemplates* find(std::string_view relation) const;        // nullptr: no such relation

 private:
  std::vector<QuestionTemplates> templates_;
};

// The template with the name in place of "{}". A "{}" within the name stays. Throws kInvalidArgument for a template without "{}".
std::string fill_template(std::string_view text, std::string_view name);

}  // namespace memllm
