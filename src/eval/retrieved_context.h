// The prompts of the retrieval baselines: sentences to stand before a document's text.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "documents/docred.h"
#include "eval/sentence_retrieval.h"
#include "examples/example_builder.h"

namespace memllm {

// Sentences for one read point of a document: the first comes nearest to the text.
using PointContext = std::function<std::vector<std::string>(const DocRedDocument&, const ReadPoint&)>;

struct RetrievalOptions {
  std::size_t top = 3;  // sentences at most
  // Whether the sentence that holds the point may be among them. It is the text to be predicted word by word: a retriever that has read
  // the document has it, as a memory has the facts that it states.
  bool same_sentence = false;
  bool own_document = false;  // only sentences of the point's document
};

// Sentences that fit the point's sentence up to the point; where nothing of it is there yet, the sentence before. The documents are those
// that are asked about, and must outlive the function. Best first.
PointContext retrieved_context(std::span<const DocRedDocument> documents, std::vector<RetrievableSentence> sentences, SentenceScores scores,
                               const RetrievalOptions& options);
// The sentences of the document that state the facts which the point's queries ask for, by the labels' evidence:
// the first `top` of them, last first, so that they stand in the document's order.
PointContext evidence_context(const RetrievalOptions& options);

}  // namespace memllm
