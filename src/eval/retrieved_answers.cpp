#include "eval/retrieved_answers.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "memory/asker.h"

namespace memllm {

AnswerFunction retrieving_ask(std::shared_ptr<Reader> reader, std::span<const RetrievableSentence> sentences, SentenceScores scores,
                              std::size_t top, std::stop_token stop) {
  return [reader = std::move(reader), sentences, scores = std::move(scores), top, stop = std::move(stop)](const std::string& question) {
    const auto found = best_sentences(scores(question), top, [](std::size_t) { return true; });
    std::string prompt;
    for (const std::size_t i : found) prompt.insert(0, sentences[i].text + "\n");
    const Completion completion = reader->complete(prompt + Asker::prompt(question), {}, Reader::FirstCall::kNever, Asker::end(), stop);
    return QuestionAnswer{clean_name(completion.text), !found.empty(), 0};
  };
}

}  // namespace memllm
