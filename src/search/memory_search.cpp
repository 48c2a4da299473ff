#include "search/memory_search.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/name.h"
#include "base/text.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kSpare = 40;  // candidates beyond the limit: a filter or a fact's sentence takes some
constexpr double kRankOffset = 10;

bool is_by(const Sentence& sentence, const std::string& speaker) {
  return Name(sentence.speaker.empty() ? sentence.author : sentence.speaker) == Name(speaker);
}

bool is_wanted(const Sentence& sentence, const SearchOptions& options) {
  return (!options.document || sentence.document == *options.document) && (!options.speaker || is_by(sentence, *options.speaker));
}

// Puts each fact to the sentence that it was read from; the rest stand for themselves.
void add_facts(const std::vector<Fact>& facts, std::vector<SearchHit>& hits, const SearchOptions& options) {
  for (std::size_t rank = 0; rank < facts.size(); ++rank) {
    const Fact& fact = facts[rank];
    const auto states = [&](const SearchHit& hit) {
      return hit.sentence && std::ranges::any_of(fact.sources, [&](const Source& source) {
               return source.document == hit.sentence->document && source.text == hit.sentence->text;
             });
    };
    const double score = 1 / (kRankOffset + static_cast<double>(rank));
    if (const auto hit = std::ranges::find_if(hits, states); hit != hits.end()) {
      hit->facts.push_back(fact);
      hit->score += score / 2;
    } else if (!options.document && !options.speaker) {
      hits.push_back({2 * score, std::nullopt, {fact}, {}, {}});
    }
  }
}

void add_neighbours(const Store& store, SearchHit& hit, const SearchOptions& options) {
  const std::vector<Sentence> all = store.sentences(hit.sentence->document, options.as_of);
  const auto at = std::ranges::find(all, hit.sentence->id, &Sentence::id);
  if (at == all.end()) return;
  const auto count = static_cast<std::ptrdiff_t>(options.neighbours);
  hit.before.assign(at - std::min(count, at - all.begin()), at);
  hit.after.assign(at + 1, at + 1 + std::min(count, all.end() - at - 1));
}

}  // namespace

std::vector<SearchHit> search_memory(const Store& store, const SentenceSearch& sentences, const std::string& text,
                                     const SearchOptions& options) {
  const std::string wanted = clean_name(repair_utf8(text));
  if (wanted.empty()) throw Error(ErrorKind::kInvalidArgument, "there is nothing to search for: the text is blank");
  std::vector<SearchHit> hits;
  // A filter looks at all candidates.
  const bool filters = options.document || options.speaker;
  for (RankedSentence& ranked : sentences.search(wanted, filters ? 1'000 : options.limit + kSpare, options.as_of)) {
    if (is_wanted(ranked.sentence, options)) hits.push_back({ranked.score, std::move(ranked.sentence), {}, {}, {}});
  }
  if (options.facts) {
    FactFilter filter;
    filter.limit = options.limit + kSpare;
    filter.as_of = options.as_of;
    add_facts(store.search(wanted, filter), hits, options);
  }
  std::ranges::stable_sort(hits, std::greater<>(), &SearchHit::score);
  if (hits.size() > options.limit) hits.resize(options.limit);
  for (SearchHit& hit : hits) {
    if (options.neighbours > 0 && hit.sentence) add_neighbours(store, hit, options);
  }
  return hits;
}

}  // namespace memllm
