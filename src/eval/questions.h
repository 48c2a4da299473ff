// How well questions are answered, and how honestly what the memory does not know is left unanswered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "examples/questions.h"
#include "memllm/options.h"

namespace memllm {

struct QuestionAnswer {
  std::string text;
  bool from_memory = false;          // false: "not in memory", and the text is a guess
  double query_log_probability = 0;  // of the model's own query, if it asked one
};
using AnswerFunction = std::function<QuestionAnswer(const DocRedDocument& document, const Question& question)>;

// Against the best of the right answers, as SQuAD does: without case, punctuation and articles.
struct AnswerScore {
  bool exact = false;
  bool contains = false;  // the answer's words stand in the text, one after another
  double f1 = 0;          // of words
};
AnswerScore score_answer(const std::string& text, std::span<const std::string> right);

// Of the questions of one kind. Shares are of asked; 0 where none was.
struct QuestionCounts {
  std::size_t asked = 0;
  std::size_t exact = 0;
  std::size_t contains = 0;
  std::size_t from_memory = 0;
  double f1_sum = 0;

  QuestionCounts& operator+=(const QuestionCounts& other);
};

// By QuestionKind. An answer that is not from memory counts as wrong: the memory did not know.
using QuestionsResult = std::array<QuestionCounts, 3>;

struct AskedQuestion {
  Question question;
  QuestionAnswer answer;
  AnswerScore score;
};

struct QuestionsOptions {
  std::size_t per_document = 3;  // of each kind
  std::uint64_t seed = 1;
  ProgressCallback progress;
  std::stop_token stop;
  // By number in the documents: results of an earlier run with the same options, which are added instead of asked again.
  std::map<std::size_t, QuestionsResult> known;
  // Called with the number, the result and the questions of every document that was asked about.
  std::function<void(std::size_t, const QuestionsResult&, std::span<const AskedQuestion>)> on_document;
};

// Throws kCancelled, and what asking throws.
QuestionsResult evaluate_questions(const AnswerFunction& ask, const QuestionMaker& maker, std::span<const DocRedDocument> documents,
                                   const QuestionsOptions& options = {});

}  // namespace memllm
