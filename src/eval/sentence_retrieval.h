// Sentences that fit a text, for the baselines that put them into the prompt (retrieval-augmented generation).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ask/question.h"  // EmbedFunction
#include "documents/docred.h"

namespace memllm {

struct RetrievableSentence {
  std::size_t document = 0;  // number in the documents given
  std::size_t number = 0;    // of the sentence in the document
  std::string text;
};
std::vector<RetrievableSentence> sentences_of(std::span<const DocRedDocument> documents);

// How well each sentence fits a text: a score a sentence, higher is better.
using SentenceScores = std::function<std::vector<double>(const std::string& text)>;
// BM25 over words (Robertson and Zaragoza 2009, with k1 = 1.2, b = 0.75 and the logarithm's 1 +, as Lucene has it).
SentenceScores bm25_scores(std::span<const RetrievableSentence> sentences);
// Cosine of the sentences' vectors and the text's. All are embedded at once.
SentenceScores vector_scores(std::span<const RetrievableSentence> sentences, EmbedFunction embed);

// The best count of the sentences for which allowed is true, best first; equal ones in their order, none with a score of 0 or less.
std::vector<std::size_t> best_sentences(std::span<const double> scores, std::size_t count,
                                        const std::function<bool(std::size_t sentence)>& allowed);

}  // namespace memllm
