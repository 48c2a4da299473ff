#include "eval/questions.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "base/cancellation.h"
#include "base/name.h"
#include "memllm/error.h"

namespace memllm {
namespace {

std::vector<std::string> scored_words(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && word != "a" && word != "an" && word != "the") words.push_back(word);
    word.clear();
  };
  for (const char c : normalised(text)) {
    if (c == ' ') {
      end_word();
    } else if (std::ispunct(static_cast<unsigned char>(c)) == 0) {
      word += c;
    }
  }
  end_word();
  return words;
}

double f1_of(std::vector<std::string> said, std::vector<std::string> right) {
  std::sort(said.begin(), said.end());
  std::sort(right.begin(), right.end());
  std::vector<std::string> common;
  std::set_intersection(said.begin(), said.end(), right.begin(), right.end(), std::back_inserter(common));
  return said.empty() || right.empty() ? 0 : 2.0 * static_cast<double>(common.size()) / static_cast<double>(said.size() + right.size());
}

}  // namespace

AnswerScore score_answer(const std::string& text, std::span<const std::string> right) {
  const std::vector<std::string> said = scored_words(text);
  AnswerScore score;
  for (const std::string& answer : right) {
    const std::vector<std::string> words = scored_words(answer);
    if (words.empty()) continue;
    score.exact = score.exact || said == words;
    score.contains = score.contains || !std::ranges::search(said, words).empty();
    score.f1 = std::max(score.f1, f1_of(said, words));
  }
  return score;
}

QuestionCounts& QuestionCounts::operator+=(const QuestionCounts& other) {
  asked += other.asked;
  exact += other.exact;
  contains += other.contains;
  from_memory += other.from_memory;
  f1_sum += other.f1_sum;
  return *this;
}

QuestionsResult evaluate_questions(const AnswerFunction& ask, const QuestionMaker& maker, std::span<const DocRedDocument> documents,
                                   const QuestionsOptions& options) {
  QuestionsResult result;
  const auto add = [&result](const QuestionsResult& one) {
    for (std::size_t kind = 0; kind < one.size(); ++kind) result[kind] += one[kind];
  };
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (options.progress) options.progress({i, documents.size(), 0, documents[i].title});
    if (const auto known = options.known.find(i); known != options.known.end()) {
      add(known->second);
      continue;
    }
    QuestionsResult one;
    std::vector<AskedQuestion> asked;
    for (Question& question : maker.about(documents[i], options.per_document, options.seed)) {
      QuestionAnswer answer = ask(documents[i], question);
      // After asking: an answer that was cut short must neither count nor be kept.
      throw_if_stopped(options.stop, "the evaluation was cancelled");
      const AnswerScore score = answer.from_memory ? score_answer(answer.text, question.answers) : AnswerScore{};
      QuestionCounts& counts = one[static_cast<std::size_t>(question.kind)];
      ++counts.asked;
      counts.exact += score.exact ? 1 : 0;
      counts.contains += score.contains ? 1 : 0;
      counts.from_memory += answer.from_memory ? 1 : 0;
      counts.f1_sum += score.f1;
      asked.push_back({std::move(question), std::move(answer), score});
    }
    if (options.on_document) options.on_document(i, one, asked);
    add(one);
  }
  if (options.progress) options.progress({documents.size(), documents.size(), 0, {}});
  return result;
}

}  // namespace memllm
