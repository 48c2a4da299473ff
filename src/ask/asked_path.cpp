#include "ask/asked_path.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/dot.h"
#include "base/name.h"
#include "language/mention.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxPhraseWords = 8;     // on each side of the name
constexpr std::size_t kMaxNearest = 8;         // wordings of a relation that tell how like it a text is
constexpr std::size_t kMaxMiddles = 8;         // answers of the first hop: a question goes on from few
constexpr std::size_t kMaxTextQuestions = 32;  // in the sources of one entity's facts; each costs an embedding
constexpr std::int64_t kMaxTextQuestionBytes = 500;
// A path of two hops is favoured by this: only a question that holds a phrase has one, and the phrase's wordings say less than a
// question's.
constexpr double kTwoHopBonus = 0.05;

// A question about a phrase, "Who is the wife of the director of X?": the phrase, and the question with a name in its place.
struct Nested {
  std::string phrase;    // "the director of X"
  std::string question;  // "Who is the wife of X?"
  bool asks_only;        // the question is "Who is X?" and the like: it asks for nothing but the phrase
};

// "What is X", "Who was X": words without the question mark.
bool asks_for_name_only(std::span<const std::string> text, const Words& words) {
  if (text.size() < 2 || text.size() > 3 || text.back() != kNamePlaceholder) return false;
  if (!words.is(WordKind::kNameAsking, normalised(text[0]))) return false;
  return text.size() == 2 || words.is(WordKind::kBeing, normalised(text[1]));
}

// A question with the placeholder for its entity.
struct AboutPlaceholder {
  std::string text;
  std::size_t at = std::string::npos;  // of the placeholder in text; npos: the mention is not there
};

AboutPlaceholder about_placeholder(const std::string& question, const std::string& mention, const Words& words) {
  const bool begins_with_name = !mention.empty() && question.starts_with(mention);  // "What's Going On"
  AboutPlaceholder about{begins_with_name ? question : words.without_contraction(question)};
  about.at = mention.empty() ? std::string::npos : about.text.find(mention);
  if (about.at != std::string::npos) about.text.replace(about.at, mention.size(), kNamePlaceholder);
  return about;
}

std::vector<Nested> nested_questions(const AboutPlaceholder& question, const Words& words) {
  std::vector<Nested> nested;
  if (question.at == std::string::npos) return nested;
  const std::vector<std::string> text = split_words(question.text.substr(0, question.text.find_last_not_of("?. !") + 1));
  const bool within_word = question.at > 0 && question.text[question.at - 1] != ' ';  // "(X)"
  const std::size_t name = split_words(question.text.substr(0, question.at)).size() - (within_word ? 1 : 0);
  if (name >= text.size()) return nested;
  for (std::size_t begin = name - std::min(name, kMaxPhraseWords); begin <= name; ++begin) {
    const bool possessive = begin == name && text[name] != kNamePlaceholder;
    if (!possessive && (begin == name || !words.is(WordKind::kPhraseBegin, normalised(text[begin])) ||
                        (begin == 0 && !words.is(WordKind::kArticle, normalised(text[0])))))
      continue;
    for (std::size_t last = begin == name ? name + 1 : name; last < std::min(text.size(), name + kMaxPhraseWords); ++last) {
      if (begin == 0 && last + 1 == text.size()) continue;  // the phrase alone is no question
      std::vector<std::string> phrase(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                      text.begin() + static_cast<std::ptrdiff_t>(last) + 1);
      const std::string owner = words.without_possessive(phrase.back());
      const bool owns = owner != phrase.back();
      phrase.back() = owner;
      std::vector<std::string> rest(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin));
      rest.push_back(std::string(kNamePlaceholder) + (owns ? "'s" : ""));
      rest.insert(rest.end(), text.begin() + static_cast<std::ptrdiff_t>(last) + 1, text.end());
      nested.push_back({join_words(phrase), join_words(rest) + "?", asks_for_name_only(rest, words)});
    }
  }
  return nested;
}

// How much one text is like the wordings of relations.
class TextLikeness {
 public:
  TextLikeness(WordingVectors& wordings, std::span<const float> text) : wordings_(wordings), text_(text.begin(), text.end()) {}

  double to_text(std::span<const float> other) const { return dot(text_, other); }

  // As a question about the name, or as a phrase of it, that asks for this hop.
  double to_question(const Hop& hop) { return to(hop, WordingKind::kObjectQuestion, WordingKind::kSubjectQuestion); }
  double to_phrase(const Hop& hop) { return to(hop, WordingKind::kObjectPhrase, WordingKind::kSubjectPhrase); }

  // Of all relations that have wordings of their own.
  double to_any(WordingKind kind) const {
    double most = -1;
    for (const RelationWordings& wordings : wordings_.table().all()) most = std::max(most, best(wordings, kind));
    return most;
  }

 private:
  double to(const Hop& hop, WordingKind of_object, WordingKind of_subject) {
    const auto [known, is_new] = known_.try_emplace({hop.relation, hop.to_object ? of_object : of_subject}, -1.0);
    if (!is_new) return known->second;
    for (const RelationWordings& wordings : wordings_.of(hop.relation)) {
      known->second = std::max(known->second, best(wordings, hop.to_object ? of_object : of_subject));
      if (hop.to_object) continue;
      for (const std::string& inverse : wordings.inverses)
        known->second = std::max(known->second, best(*wordings_.table().find(Name(inverse)), of_object));
    }
    return known->second;
  }

  // Half the nearest wording's, half the mean of the nearest third of them, kMaxNearest at most: one wording may be near by chance. -1:
  // there are none.
  double best(const RelationWordings& wordings, WordingKind kind) const {
    std::vector<double> likeness;
    for (const std::string& text : wordings.of(kind)) likeness.push_back(dot(text_, wordings_.vector(text)));
    if (likeness.empty()) return -1;
    const auto end = likeness.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(likeness.size() / 3, 1, kMaxNearest));
    std::partial_sort(likeness.begin(), end, likeness.end(), std::greater<>());
    return (likeness.front() + std::accumulate(likeness.begin(), end, 0.0) / static_cast<double>(end - likeness.begin())) / 2;
  }

  WordingVectors& wordings_;
  std::vector<float> text_;
  std::map<std::pair<std::string, WordingKind>, double> known_;
};

std::vector<Hop> hops_from(const InferringStore& store, const std::string& entity, const QueryOptions& options) {
  std::vector<Hop> hops;
  for (const Query& query : store.queries_about(entity, options)) hops.push_back({query.relation, query.subject.has_value()});
  return hops;
}

// A question that the text asks which a fact was read from: "Where was X born? In Tessel."
struct TextQuestion {
  std::size_t hop = 0;  // which leads to the fact
  std::string text;     // with the placeholder for the entity
};

void add_text_questions(const Source& source, const std::string& entity, const SentenceSplitter& sentences, std::size_t hop,
                        std::vector<TextQuestion>& questions) {
  if (source.text.find('?') == std::string::npos) return;
  for (const Span& span : sentences.split(source.text)) {
    if (span.end - span.begin > kMaxTextQuestionBytes || questions.size() == kMaxTextQuestions) continue;
    std::string sentence = source.text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
    const std::optional<Span> mention = find_mention(sentence, entity);
    if (!mention || sentence.find_last_not_of(' ') != sentence.rfind('?')) continue;
    sentence.replace(static_cast<std::size_t>(mention->begin), static_cast<std::size_t>(mention->end - mention->begin), kNamePlaceholder);
    questions.push_back({hop, std::move(sentence)});
  }
}

// Of every hop's facts.
std::vector<TextQuestion> text_questions(const InferringStore& store, const SentenceSplitter& sentences, const std::string& entity,
                                         const std::vector<Hop>& hops, const QueryOptions& options) {
  std::vector<TextQuestion> questions;
  for (std::size_t hop = 0; hop < hops.size() && questions.size() < kMaxTextQuestions; ++hop) {
    for (const QueryMatch& match : store.query(hops[hop].from(entity), options).matches) {
      for (const Fact& fact : match.stored()) {
        for (const Source& source : fact.sources) add_text_questions(source, entity, sentences, hop, questions);
      }
    }
  }
  return questions;
}

// The hops that lead on from where the first one leads, to something else than its beginning.
std::vector<Hop> second_hops(const InferringStore& store, const std::string& entity, const Hop& first, const QueryOptions& options) {
  std::vector<Hop> hops;
  const QueryResult result = store.query(first.from(entity), options);
  if (result.matches.size() > kMaxMiddles) return hops;
  for (const QueryMatch& match : result.matches) {
    for (Hop& hop : hops_from(store, match.answer, options)) {
      if (std::find(hops.begin(), hops.end(), hop) != hops.end()) continue;
      const std::vector<QueryMatch> answers = store.query(hop.from(match.answer), options).matches;
      const auto leads_on = [&](const QueryMatch& answer) { return Name(answer.answer) != Name(entity); };
      if (std::any_of(answers.begin(), answers.end(), leads_on)) hops.push_back(std::move(hop));
    }
  }
  return hops;
}

// The vectors of a question and what is nested in it, for one entity.
struct ReadQuestion {
  TextLikeness whole;
  std::vector<TextLikeness> phrases;                          // all that it asks for
  std::vector<std::pair<TextLikeness, TextLikeness>> nested;  // phrase, question about it

  double to_hop(const Hop& hop) {
    double most = whole.to_question(hop);
    for (TextLikeness& phrase : phrases) most = std::max(most, phrase.to_phrase(hop));
    return most;
  }
  double to_any_hop() const {
    double most = whole.to_any(WordingKind::kObjectQuestion);
    for (const TextLikeness& phrase : phrases) most = std::max(most, phrase.to_any(WordingKind::kObjectPhrase));
    return most;
  }
};

ReadQuestion read_question(const std::string& question, const std::string& mention, const Words& words, WordingVectors& wordings) {
  const AboutPlaceholder whole = about_placeholder(question, mention, words);
  const std::vector<Nested> nested = nested_questions(whole, words);
  std::vector<std::string> texts = {whole.text};
  for (const Nested& one : nested) texts.insert(texts.end(), {one.phrase, one.question});
  const std::vector<float> vectors = wordings.embed(texts);
  const std::size_t dimension = vectors.size() / texts.size();
  const auto likeness = [&](std::size_t i) { return TextLikeness(wordings, std::span(vectors).subspan(i * dimension, dimension)); };
  ReadQuestion read{likeness(0), {}, {}};
  for (std::size_t i = 0; i < nested.size(); ++i) {
    if (nested[i].asks_only) {
      read.phrases.push_back(likeness(2 * i + 1));
    } else {
      read.nested.emplace_back(likeness(2 * i + 1), likeness(2 * i + 2));
    }
  }
  return read;
}

// By hop: how much the question is like one that the text asks which a fact of it was read from; -1: it asks none.
std::vector<double> likeness_to_text(const InferringStore& store, const SentenceSplitter& sentences, const std::string& entity,
                                     const std::vector<Hop>& hops, const TextLikeness& question, WordingVectors& wordings,
                                     const QueryOptions& options) {
  std::vector<double> most(hops.size(), -1);
  const std::vector<TextQuestion> questions = text_questions(store, sentences, entity, hops, options);
  if (questions.empty()) return most;
  std::vector<std::string> texts;
  for (const TextQuestion& asked : questions) texts.push_back(asked.text);
  const std::vector<float> vectors = wordings.embed(texts);
  const std::size_t dimension = vectors.size() / texts.size();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    double& likeness = most[questions[i].hop];
    likeness = std::max(likeness, question.to_text(std::span(vectors).subspan(i * dimension, dimension)));
  }
  return most;
}

double two_hops(double phrase, double question) { return (phrase + question) / 2 + kTwoHopBonus; }

}  // namespace

Query Hop::from(const std::string& entity) const {
  Query query{std::nullopt, relation, std::nullopt};
  (to_object ? query.subject : query.object) = entity;
  return query;
}

AskedPaths asked_paths(const InferringStore& store, const Language& language, const std::string& question,
                       const std::vector<AskedEntity>& entities, WordingVectors& wordings, const QueryOptions& options,
                       const std::stop_token& stop) {
  AskedPaths asked;
  if (entities.empty()) return asked;
  wordings.prepare(stop);
  asked.most_similar = -1;
  for (const AskedEntity& entity : entities) {
    ReadQuestion read = read_question(question, entity.mention, language.words, wordings);
    asked.most_similar = std::max(asked.most_similar, read.to_any_hop());
    for (auto& [phrase, about_phrase] : read.nested) {
      asked.most_similar = std::max(asked.most_similar,
                                    two_hops(phrase.to_any(WordingKind::kObjectPhrase), about_phrase.to_any(WordingKind::kObjectQuestion)));
    }
    const std::vector<Hop> hops = hops_from(store, entity.name, options);
    const std::vector<double> in_text = likeness_to_text(store, language.sentences, entity.name, hops, read.whole, wordings, options);
    for (std::size_t i = 0; i < hops.size(); ++i) {
      const Hop& first = hops[i];
      asked.most_similar = std::max(asked.most_similar, in_text[i]);
      asked.paths.push_back({entity.name, {first}, std::max(read.to_hop(first), in_text[i])});
      if (read.nested.empty()) continue;
      for (const Hop& second : second_hops(store, entity.name, first, options)) {
        double most = -1;
        for (auto& [phrase, about_phrase] : read.nested) {
          most = std::max(most, two_hops(phrase.to_phrase(first), about_phrase.to_question(second)));
        }
        asked.paths.push_back({entity.name, {first, second}, most});
      }
    }
  }
  std::ranges::stable_sort(asked.paths, std::greater<>(), &AskedPath::similarity);
  return asked;
}

}  // namespace memllm
