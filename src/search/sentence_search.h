// The sentences of a memory that have to do with a text, best first: words and vectors together.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "embed/embed_function.h"
#include "language/words.h"
#include "memllm/sentence.h"
#include "store/store.h"

namespace memllm {

struct RankedSentence {
  Sentence sentence;
  double score = 0;
  // What it is made of.
  std::optional<std::size_t> word_rank, vector_rank;  // 0: best; empty: not among the candidates
  double similarity = 0;                              // cosine; 0 without vector
  double covered = 0;  // share of the text's words that stand in it, over it or (counting half) beside it, rare ones counting more
};

// Content words of a text, as the word index has them: normalised, without punctuation, function words left out (unless nothing is left).
std::vector<std::string> search_words(const std::string& text, const Words& language);

// Thread rule: the store's.
class SentenceSearch {
 public:
  // embed: empty: words only.
  SentenceSearch(const Store& store, const Words& language, EmbedFunction embed);

  // Reciprocal ranks of both searches added (Cormack, Clarke and Büttcher 2009), the cosine, and the share of the words that is covered.
  // REQUIRES: valid UTF-8.
  std::vector<RankedSentence> search(const std::string& text, std::size_t limit, const std::optional<Timestamp>& as_of) const;

 private:
  void set_cover(std::map<SentenceId, RankedSentence>& candidates, const std::vector<std::string>& words,
                 const std::optional<Timestamp>& as_of) const;

  const Store& store_;
  const Words& language_;
  EmbedFunction embed_;
};

}  // namespace memllm
