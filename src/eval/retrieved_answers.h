// The baselines of questions: sentences and the question in one prompt, or the question alone; the base model's text as the answer.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>

#include "eval/questions.h"
#include "eval/sentence_retrieval.h"
#include "language/language.h"
#include "read/reader.h"

namespace memllm {

// The top sentences for a question stand before it, the best last; what follows is asked as Asker does. An answer counts as from memory
// when any sentence was found. reader: without memory. The sentences must outlive the function; cancelled through stop.
AnswerFunction retrieving_ask(std::shared_ptr<Reader> reader, std::shared_ptr<const Language> language,
                              std::span<const RetrievableSentence> sentences, SentenceScores scores, std::size_t top, std::stop_token stop);

// The same with the sentences that the labels name, in the document's order, top at most.
AnswerFunction evidence_ask(std::shared_ptr<Reader> reader, std::shared_ptr<const Language> language, std::size_t top,
                            std::stop_token stop);

// Without any sentence: whatever the model says counts as an answer.
AnswerFunction guessing_ask(std::shared_ptr<Reader> reader, std::shared_ptr<const Language> language, std::stop_token stop);

}  // namespace memllm
