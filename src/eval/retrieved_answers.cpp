#include "eval/retrieved_answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "memory/asker.h"

namespace memllm {

namespace {

std::string answer_after(Reader& reader, const std::string& before, const std::string& question, const std::stop_token& stop) {
  const Completion completion = reader.complete(before + Asker::prompt(question), {}, Reader::FirstCall::kNever, Asker::end(), stop);
  return clean_name(completion.text);
}

}  // namespace

AnswerFunction retrieving_ask(std::shared_ptr<Reader> reader, std::span<const RetrievableSentence> sentences, SentenceScores scores,
                              std::size_t top, std::stop_token stop) {
  return [reader = std::move(reader), sentences, scores = std::move(scores), top, stop = std::move(stop)](const DocRedDocument&,
                                                                                                          const Question& question) {
    const auto found = best_sentences(scores(question.text), top, [](std::size_t) { return true; });
    std::string before;
    for (const std::size_t i : found) before.insert(0, sentences[i].text + "\n");
    return QuestionAnswer{answer_after(*reader, before, question.text, stop), !found.empty(), 0};
  };
}

AnswerFunction evidence_ask(std::shared_ptr<Reader> reader, std::size_t top, std::stop_token stop) {
  return [reader = std::move(reader), top, stop = std::move(stop)](const DocRedDocument& document, const Question& question) {
    const Document plain = document.to_document();
    std::string before;
    for (const int sentence : std::span(question.evidence).first(std::min(top, question.evidence.size()))) {
      const Span& span = plain.sentences.at(static_cast<std::size_t>(sentence));
      before += plain.text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin)) + "\n";
    }
    return QuestionAnswer{answer_after(*reader, before, question.text, stop), !before.empty(), 0};
  };
}

AnswerFunction guessing_ask(std::shared_ptr<Reader> reader, std::stop_token stop) {
  return [reader = std::move(reader), stop = std::move(stop)](const DocRedDocument&, const Question& question) {
    return QuestionAnswer{answer_after(*reader, "", question.text, stop), true, 0};
  };
}

}  // namespace memllm
