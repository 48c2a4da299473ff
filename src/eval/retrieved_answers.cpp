#include "eval/retrieved_answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/name.h"

namespace memllm {

namespace {

std::string answer_after(Reader& reader, const Language& language, const std::string& before, const std::string& question,
                         const std::stop_token& stop) {
  const StopRule end{language.prompts.answer_stops, {}};
  const Completion completion = reader.complete(before + language.prompt(question), {}, Reader::FirstCall::kNever, end, stop);
  return clean_name(completion.text);
}

}  // namespace

AnswerFunction retrieving_ask(std::shared_ptr<Reader> reader, std::shared_ptr<const Language> language,
                              std::span<const RetrievableSentence> sentences, SentenceScores scores, std::size_t top,
                              std::stop_token stop) {
  return [reader = std::move(reader), language = std::move(language), sentences, scores = std::move(scores), top, stop = std::move(stop)](
             const DocRedDocument&, const Question& question) {
    const auto found = best_sentences(scores(question.text), top, [](std::size_t) { return true; });
    std::string before;
    for (const std::size_t i : found) before.insert(0, sentences[i].text + "\n");
    return QuestionAnswer{answer_after(*reader, *language, before, question.text, stop), !found.empty(), 0};
  };
}

AnswerFunction evidence_ask(std::shared_ptr<Reader> reader, std::shared_ptr<const Language> language, std::size_t top,
                            std::stop_token stop) {
  return [reader = std::move(reader), language = std::move(language), top, stop = std::move(stop)](const DocRedDocument& document,
                                                                                                   const Question& question) {
    const Document plain = document.to_document();
    std::string before;
    for (const int sentence : std::span(question.evidence).first(std::min(top, question.evidence.size()))) {
      const Span& span = plain.sentences.at(static_cast<std::size_t>(sentence));
      before += plain.text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin)) + "\n";
    }
    return QuestionAnswer{answer_after(*reader, *language, before, question.text, stop), !before.empty(), 0};
  };
}

AnswerFunction guessing_ask(std::shared_ptr<Reader> reader, std::shared_ptr<const Language> language, std::stop_token stop) {
  return [reader = std::move(reader), language = std::move(language), stop = std::move(stop)](const DocRedDocument&,
                                                                                              const Question& question) {
    return QuestionAnswer{answer_after(*reader, *language, "", question.text, stop), true, 0};
  };
}

}  // namespace memllm
