#include "ask/question.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/dot.h"
#include "base/name.h"
#include "language/mention.h"
#include "search/near_names.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxFacts = 500;  // of one entity that are looked at
// Share of a relation's words; of two, both: "what date did she die" has one of "date of birth".
constexpr double kMinCommonWords = 0.6;

// Cosine of texts[0] to each of the others.
std::vector<double> similarities_to_first(const EmbedFunction& embed, const std::vector<std::string>& texts) {
  const std::vector<float> vectors = embed(texts);
  const std::size_t dimension = vectors.size() / texts.size();
  const std::span<const float> all(vectors);
  std::vector<double> similarities;
  for (std::size_t i = 1; i < texts.size(); ++i) {
    similarities.push_back(dot(all.subspan(0, dimension), all.subspan(i * dimension, dimension)));
  }
  return similarities;
}

std::optional<std::string> similar_entity(const Store& store, const std::string& words, const EmbedFunction& embed, double min_similarity,
                                          const std::optional<Timestamp>& as_of) {
  FactFilter filter;
  filter.limit = 20;
  filter.as_of = as_of;
  std::set<std::string> names;
  for (const Fact& fact : store.search(words, filter)) names.insert({fact.subject, fact.object});
  if (names.empty()) return std::nullopt;
  std::vector<std::string> texts = {words};
  texts.insert(texts.end(), names.begin(), names.end());
  const std::vector<double> similarities = similarities_to_first(embed, texts);
  const auto best = std::max_element(similarities.begin(), similarities.end());
  if (*best < min_similarity) return std::nullopt;
  return texts[static_cast<std::size_t>(best - similarities.begin()) + 1];
}

// The question without the entity's mention: what is asked of it.
std::string without_entity(const std::string& question, const std::string& entity) {
  std::string rest = normalised(question);
  const std::string name = normalised(entity);
  if (const std::size_t at = rest.find(name); at != std::string::npos) rest.erase(at, name.size());
  return clean_name(rest);
}

bool same_stem(const std::string& a, const std::string& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto common = static_cast<std::size_t>(end - a.begin());
  const std::size_t shorter = std::min(a.size(), b.size());
  return a == b || common >= std::max<std::size_t>(4, (3 * shorter + 3) / 4);
}

std::vector<std::string> content_words(const std::string& text, const Words& language) {
  std::vector<std::string> words;
  for (const std::string& word : split_words(normalised(text))) {
    const std::string trimmed = trim_punctuation(word);
    if (!trimmed.empty() && !language.is_function_word(trimmed)) words.push_back(trimmed);
  }
  return words;
}

// Share of the relation's words that the question has, in some form.
double common_words(const std::vector<std::string>& question, const std::string& relation, const Words& language) {
  const std::vector<std::string> words = content_words(relation, language);
  if (words.empty()) return 0;
  const auto in_question = [&](const std::string& word) {
    return std::any_of(question.begin(), question.end(), [&](const std::string& other) { return same_stem(word, other); });
  };
  return static_cast<double>(std::count_if(words.begin(), words.end(), in_question)) / static_cast<double>(words.size());
}

}  // namespace

std::vector<AskedEntity> entities_in_question(const Store& store, const Words& language, const std::string& question) {
  const std::vector<std::string> words = split_words(question);
  std::vector<AskedEntity> entities;
  for (std::string& name :
       mentioned_names(words, language, Casing::kAny, [&store](const std::string& known) { return store.has_entity(known); })) {
    entities.push_back({name, std::move(name)});
  }
  if (!entities.empty()) return entities;
  std::map<std::string, std::string> plain;
  for (std::string& name : store.all_entity_names()) plain.emplace(without_accents(name), std::move(name));
  const auto is_known = [&](const std::string& name) { return plain.contains(without_accents(name)); };
  for (std::string& name : mentioned_names(words, language, Casing::kAny, is_known)) {
    std::string known = plain.at(without_accents(name));
    entities.push_back({std::move(name), std::move(known)});
  }
  return entities;
}

std::vector<AskedEntity> near_entities(const Store& store, const Words& language, const std::string& question, const EmbedFunction& embed,
                                       double min_similarity, const std::optional<Timestamp>& as_of) {
  std::vector<AskedEntity> entities;
  const std::vector<std::string> names = store.all_entity_names();
  for (const std::string& capitalised : capitalised_runs(split_words(language.without_contraction(question)), language)) {
    const std::string run = language.without_possessive(trim_punctuation(capitalised));
    std::optional<std::string> name = near_name(run, names, language);
    if (!name && embed) name = similar_entity(store, run, embed, min_similarity, as_of);
    if (name && same_identifiers(run, *name)) entities.push_back({run, std::move(*name)});
  }
  return entities;
}

std::vector<Query> queries_by_relation(const Store& store, const Words& language, const std::string& question, const std::string& entity,
                                       const std::optional<Timestamp>& as_of) {
  std::set<std::pair<std::string, bool>> slots;  // relation, and whether the entity is its subject
  for (const bool as_subject : {true, false}) {
    FactFilter filter;
    (as_subject ? filter.subject : filter.object) = entity;
    filter.limit = kMaxFacts;
    filter.as_of = as_of;
    for (const Fact& fact : store.list(filter)) slots.emplace(fact.relation, as_subject);
  }
  const std::vector<std::string> words = content_words(without_entity(question, entity), language);
  std::vector<std::pair<double, Query>> ranked;
  for (const auto& [relation, as_subject] : slots) {
    const double common = common_words(words, relation, language);
    if (common < kMinCommonWords) continue;
    Query query{std::nullopt, relation, std::nullopt};
    (as_subject ? query.subject : query.object) = entity;
    ranked.emplace_back(common, std::move(query));
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Query> queries;
  for (auto& [score, query] : ranked) queries.push_back(std::move(query));
  return queries;
}

}  // namespace memllm
