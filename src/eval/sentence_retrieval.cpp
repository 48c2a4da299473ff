#include "eval/sentence_retrieval.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/dot.h"
#include "base/name.h"
#include "language/words.h"

namespace memllm {
namespace {

constexpr double kSaturation = 1.2;    // k1
constexpr double kLengthShare = 0.75;  // b

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string& word : split_words(normalised(text))) {
    if (std::string trimmed = trim_punctuation(word); !trimmed.empty()) words.push_back(std::move(trimmed));
  }
  return words;
}

struct Posting {
  std::size_t sentence = 0;
  double count = 0;
};

struct WordIndex {
  std::map<std::string, std::vector<Posting>> postings;
  std::vector<double> lengths;
  double mean_length = 0;
};

WordIndex index_words(std::span<const RetrievableSentence> sentences) {
  WordIndex index;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::vector<std::string> words = words_of(sentences[i].text);
    index.lengths.push_back(static_cast<double>(words.size()));
    for (const std::string& word : words) {
      std::vector<Posting>& postings = index.postings[word];
      if (postings.empty() || postings.back().sentence != i) postings.push_back({i, 0});
      ++postings.back().count;
    }
  }
  if (!sentences.empty()) {
    index.mean_length = std::accumulate(index.lengths.begin(), index.lengths.end(), 0.0) / static_cast<double>(sentences.size());
  }
  return index;
}

}  // namespace

std::vector<RetrievableSentence> sentences_of(std::span<const DocRedDocument> documents) {
  std::vector<RetrievableSentence> sentences;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Document document = documents[i].to_document();
    for (std::size_t number = 0; number < document.sentences.size(); ++number) {
      const Span& span = document.sentences[number];
      const auto begin = static_cast<std::size_t>(span.begin), end = static_cast<std::size_t>(span.end);
      if (begin < end) sentences.push_back({i, number, document.text.substr(begin, end - begin)});
    }
  }
  return sentences;
}

SentenceScores bm25_scores(std::span<const RetrievableSentence> sentences) {
  return [index = index_words(sentences)](const std::string& text) {
    std::vector<double> scores(index.lengths.size(), 0);
    const auto total = static_cast<double>(scores.size());
    for (const std::string& word : words_of(text)) {
      const auto found = index.postings.find(word);
      if (found == index.postings.end()) continue;
      const auto holding = static_cast<double>(found->second.size());
      const double rarity = std::log1p((total - holding + 0.5) / (holding + 0.5));
      for (const Posting& posting : found->second) {
        const double length = 1 - kLengthShare + kLengthShare * index.lengths[posting.sentence] / index.mean_length;
        scores[posting.sentence] += rarity * posting.count * (kSaturation + 1) / (posting.count + kSaturation * length);
      }
    }
    return scores;
  };
}

SentenceScores vector_scores(std::span<const RetrievableSentence> sentences, EmbedFunction embed) {
  std::vector<std::string> texts;
  texts.reserve(sentences.size());
  for (const RetrievableSentence& sentence : sentences) texts.push_back(sentence.text);
  std::vector<float> vectors = texts.empty() ? std::vector<float>() : embed(texts);
  return [count = texts.size(), vectors = std::move(vectors), embed = std::move(embed)](const std::string& text) {
    std::vector<double> scores;
    if (count == 0) return scores;
    const std::vector<float> asked = embed(std::span(&text, 1));
    for (std::size_t i = 0; i < count; ++i) {
      scores.push_back(dot(asked, std::span(vectors).subspan(i * asked.size(), asked.size())));
    }
    return scores;
  };
}

std::vector<std::size_t> best_sentences(std::span<const double> scores, std::size_t count,
                                        const std::function<bool(std::size_t sentence)>& allowed) {
  std::vector<std::size_t> best;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > 0 && allowed(i)) best.push_back(i);
  }
  std::ranges::stable_sort(best, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  if (best.size() > count) best.resize(count);
  return best;
}

}  // namespace memllm
