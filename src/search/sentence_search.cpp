#include "search/sentence_search.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "base/name.h"

namespace memllm {
namespace {

constexpr std::size_t kCandidates = 60;  // of each of the two searches
constexpr double kRankOffset = 10;
// A reciprocal rank is 0.1 at most. Chosen on the choosing half of the practice set.
constexpr double kCoverWeight = 0.3;
constexpr double kSimilarityWeight = 0.2;
constexpr double kHeadingShare = 0.5;   // what a heading counts: it says what the sentences below it are about
constexpr double kQuestionShare = 0.6;  // what a question counts
constexpr double kNearShare = 0.5;      // what a word counts that stands beside the sentence
constexpr std::int64_t kNear = 3;       // sentences on either side

bool same_stem(const std::string& a, const std::string& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto common = static_cast<std::size_t>(end - a.begin());
  const std::size_t shorter = std::min(a.size(), b.size());
  return a == b || common >= std::max<std::size_t>(4, (3 * shorter + 3) / 4);
}

std::vector<std::string> all_words(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string& word : split_words(normalised(text))) {
    if (std::string trimmed = trim_punctuation(word); !trimmed.empty()) words.push_back(std::move(trimmed));
  }
  return words;
}

// Which of the words stand in the sentence or over it.
std::vector<bool> words_in(const Sentence& sentence, const std::vector<std::string>& words) {
  const std::vector<std::string> there =
      all_words(sentence.title + ' ' + sentence.heading + ' ' + sentence.speaker + ' ' + sentence.author + ' ' + sentence.text);
  std::vector<bool> in(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    in[i] = std::ranges::any_of(there, [&](const std::string& word) { return same_stem(words[i], word); });
  }
  return in;
}

}  // namespace

std::vector<std::string> search_words(const std::string& text, const Words& language) {
  const std::vector<std::string> all = all_words(language.without_contraction(text));
  std::vector<std::string> content;
  for (const std::string& word : all) {
    const std::string owner = language.without_possessive(word);
    if (!language.is(WordKind::kFunction, owner)) content.push_back(owner);
  }
  return content.empty() ? all : content;
}

SentenceSearch::SentenceSearch(const Store& store, const Words& language, EmbedFunction embed)
    : store_(store), language_(language), embed_(std::move(embed)) {}

void SentenceSearch::set_cover(std::map<SentenceId, RankedSentence>& candidates, const std::vector<std::string>& words,
                               const std::optional<Timestamp>& as_of) const {
  struct Held {
    std::vector<bool> here, near;  // each word
  };
  std::map<SentenceId, Held> holds;
  std::vector<double> holding(words.size(), 0);
  for (const auto& [id, ranked] : candidates) {
    Held& held = holds[id];
    held.here = words_in(ranked.sentence, words);
    for (std::size_t i = 0; i < words.size(); ++i) holding[i] += held.here[i] ? 1 : 0;
    held.near.resize(words.size());
    const std::int64_t number = ranked.sentence.number;
    for (const Sentence& beside : store_.sentences(ranked.sentence.document, {number - kNear, number + kNear}, as_of)) {
      const std::vector<bool> in = words_in(beside, words);
      for (std::size_t i = 0; i < words.size(); ++i) held.near[i] = held.near[i] || in[i];
    }
  }
  const auto total = static_cast<double>(candidates.size());
  std::vector<double> rarity;
  double all = 0;
  for (const double count : holding) {
    rarity.push_back(std::log1p((total - count + 0.5) / (count + 0.5)));
    all += rarity.back();
  }
  for (auto& [id, candidate] : candidates) {
    const Held& held = holds[id];
    for (std::size_t i = 0; i < words.size(); ++i) {
      candidate.covered += (held.here[i] ? 1 : held.near[i] ? kNearShare : 0) * rarity[i] / all;
    }
  }
}

std::vector<RankedSentence> SentenceSearch::search(const std::string& text, std::size_t limit,
                                                   const std::optional<Timestamp>& as_of) const {
  const std::vector<std::string> words = search_words(text, language_);
  std::map<SentenceId, RankedSentence> candidates;
  const auto add = [&](const std::vector<FoundSentence>& found, auto set) {
    for (std::size_t rank = 0; rank < found.size(); ++rank) {
      const auto [at, is_new] = candidates.try_emplace(found[rank].id);
      if (is_new) {
        const auto sentence = store_.sentence(found[rank].id);
        if (!sentence) {  // forgotten at this moment
          candidates.erase(at);
          continue;
        }
        at->second.sentence = *sentence;
      }
      set(at->second, rank, found[rank].score);
    }
  };
  add(store_.sentences_with_words(words, kCandidates, as_of),
      [](RankedSentence& ranked, std::size_t rank, double) { ranked.word_rank = rank; });
  if (embed_) {
    const std::vector<float> vector = embed_(std::span(&text, 1));
    add(store_.sentences_near(vector, kCandidates, as_of), [](RankedSentence& ranked, std::size_t rank, double cosine) {
      ranked.vector_rank = rank;
      ranked.similarity = cosine;
    });
  }
  set_cover(candidates, words, as_of);
  std::vector<RankedSentence> ranked;
  for (auto& [id, candidate] : candidates) {
    const auto reciprocal = [](const std::optional<std::size_t>& rank) {
      return rank ? 1 / (kRankOffset + static_cast<double>(*rank)) : 0;
    };
    candidate.score = reciprocal(candidate.word_rank) + reciprocal(candidate.vector_rank) + kSimilarityWeight * candidate.similarity +
                      kCoverWeight * candidate.covered;
    if (candidate.sentence.is_heading) candidate.score *= kHeadingShare;
    if (candidate.sentence.text.ends_with('?')) candidate.score *= kQuestionShare;
    ranked.push_back(std::move(candidate));
  }
  std::ranges::stable_sort(ranked, std::greater<>(), &RankedSentence::score);
  if (ranked.size() > limit) ranked.resize(limit);
  return ranked;
}

}  // namespace memllm
