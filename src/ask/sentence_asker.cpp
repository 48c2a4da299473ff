#include "ask/sentence_asker.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "ask/corrected_answer.h"
#include "ask/question_form.h"
#include "ask/question_names.h"
#include "base/name.h"
#include "language/assertion.h"
#include "language/mention.h"

namespace memllm {
namespace {

constexpr std::size_t kRead = 3;  // sentences that are read, with those beside them: a small model reads little well
constexpr std::size_t kContextBytes = 1'200;
constexpr std::int64_t kRecordLines = 8;
constexpr std::size_t kRecordLineBytes = 120;
constexpr std::size_t kLookedUp = 20;  // sentences with a word, to see whether it is known
constexpr std::size_t kShown = 3;      // nearest sentences, where there is no answer
// By which an answer must be more likely than "not stated" (natural log). Of 135 questions of the practice set's choosing half 36 are
// answered rightly and 12 wrongly with it; with 1.5 it is 28 and 6, with .75 40 and 14.
constexpr double kMinMargin = 1;

std::string joined(const std::vector<std::string>& spans) {
  std::string text;
  std::set<Name> said;
  for (const std::string& span : spans) {
    if (said.insert(Name(span)).second) text += (text.empty() ? "" : ", ") + span;
  }
  return text;
}

}  // namespace

SentenceAsker::SentenceAsker(const Store& store, const Language& language, const SentenceSearch& search, SentenceAnswerer& answerer)
    : store_(store), language_(language), search_(search), answerer_(answerer) {}

std::vector<Sentence> SentenceAsker::context_of(std::span<const RankedSentence> found, const ReadOptions& options) const {
  std::vector<std::string> order;  // of the documents: that of the best sentence first
  std::map<std::string, std::map<std::int64_t, Sentence>> chosen;
  std::size_t bytes = 0;
  const auto add = [&](const Sentence& sentence) {
    if (bytes + sentence.text.size() > kContextBytes && bytes > 0) return;
    if (!chosen.contains(sentence.document)) order.push_back(sentence.document);
    if (chosen[sentence.document].emplace(sentence.number, sentence).second) bytes += sentence.text.size() + sentence.heading.size() / 4;
  };
  for (const RankedSentence& ranked : found) add(ranked.sentence);
  for (const RankedSentence& ranked : found) {
    const Sentence& centre = ranked.sentence;
    const std::int64_t after = centre.is_heading || centre.text.ends_with('?') ? 3 : 1;
    for (const Sentence& sentence : store_.sentences(centre.document, {centre.number - 1, centre.number + after}, options.as_of)) {
      add(sentence);
    }
    // A record's lines belong together.
    if (centre.heading.empty()) continue;
    for (const Sentence& sentence :
         store_.sentences(centre.document, {centre.number - kRecordLines, centre.number + kRecordLines}, options.as_of)) {
      if (sentence.heading == centre.heading && sentence.text.size() <= kRecordLineBytes) add(sentence);
    }
  }
  std::vector<Sentence> context;
  for (const std::string& document : order) {
    for (auto& [number, sentence] : chosen[document]) context.push_back(std::move(sentence));
  }
  return context;
}

std::vector<Sentence> SentenceAsker::sentences_with(const std::vector<std::string>& spans, const std::vector<Sentence>& context,
                                                    std::span<const RankedSentence> found) {
  std::vector<Sentence> evidence;
  const auto take = [&](const Sentence& sentence) {
    if (std::ranges::find(evidence, sentence.id, &Sentence::id) == evidence.end()) evidence.push_back(sentence);
  };
  for (const std::string& span : spans) {
    const auto holds = [&](const Sentence& sentence) { return clean_name(sentence.text).find(span) != std::string::npos; };
    const auto ranked = std::ranges::find_if(found, [&](const RankedSentence& one) { return holds(one.sentence); });
    if (ranked != found.end()) {
      take(ranked->sentence);
    } else if (const auto other = std::ranges::find_if(context, holds); other != context.end()) {
      take(*other);
    }
  }
  return evidence;
}

bool SentenceAsker::is_about_what_was_asked(const std::string& question, const std::vector<Sentence>& evidence,
                                            const ReadOptions& options) const {
  const QuestionNames asked = names_of_question(question, language_.words);
  if (asked.names.empty() && asked.identifiers.empty()) return true;
  TextWords words;
  std::set<std::string> documents;
  for (const Sentence& sentence : evidence) documents.insert(sentence.document);
  for (const std::string& document : documents) {
    for (const Sentence& sentence : store_.sentences(document, options.as_of)) {
      if (sentence.number == 0) words.add(sentence.title + ' ' + sentence.author + ' ' + sentence.date);
      words.add(sentence.speaker);
      words.add(sentence.text);
    }
    words.add(evidence.front().title);
  }
  for (const std::string& identifier : asked.identifiers) {
    if (!words.holds_exactly(identifier)) return false;
  }
  for (const std::vector<std::string>& name : asked.names) {
    std::size_t here = 0;
    for (const std::string& word : name) {
      if (words.holds(word)) {
        ++here;
      } else if (store_.sentences_with_words(std::span(&word, 1), 1, options.as_of).empty()) {
        return false;  // nobody of this name is known at all
      }
    }
    if (here == 0) return false;
  }
  return std::ranges::none_of(evidence, [&](const Sentence& sentence) { return names_another(asked, sentence, options); });
}

bool SentenceAsker::names_another(const QuestionNames& asked, const Sentence& sentence, const ReadOptions& options) const {
  TextWords words;
  for (const std::string* text : {&sentence.text, &sentence.heading, &sentence.title, &sentence.speaker}) words.add(*text);
  // A word that the memory has nowhere is likely mistyped.
  const auto is_known = [&](const std::string& word) {
    for (const FoundSentence& found : store_.sentences_with_words(std::span(&word, 1), kLookedUp, options.as_of)) {
      TextWords other;
      other.add(store_.sentence(found.id).value_or(Sentence()).text);
      if (other.holds_exactly(word)) return true;
    }
    return false;
  };
  const auto is_another = [&](const std::string& word) { return !words.holds_exactly(word) && words.holds_another_like(word); };
  if (std::ranges::any_of(asked.identifiers, is_another)) return true;
  return std::ranges::any_of(asked.names, [&](const std::vector<std::string>& name) {
    return std::ranges::any_of(name, [&](const std::string& word) { return is_another(word) && is_known(word); });
  });
}

bool SentenceAsker::speaks_of_roles(const std::string& question, const std::vector<Sentence>& context) const {
  std::string text;
  for (const Sentence& sentence : context) text += sentence.title + ' ' + sentence.heading + ' ' + sentence.text + ' ';
  return language_.roles.stand_in(normalised(question), normalised(text));
}

bool SentenceAsker::holds_up(const std::string& question, const SentenceAnswer& answer, const std::vector<Sentence>& evidence,
                             const std::vector<Sentence>& context, const ReadOptions& options) const {
  if (answer.kind != SentenceAnswer::Kind::kSpans || answer.log_probability < answer.not_stated + kMinMargin || evidence.empty() ||
      !speaks_of_roles(question, context)) {
    return false;
  }
  if (form_of(question, language_.words).kind == QuestionForm::Kind::kYesNo || !language_.words.fits_question(question, answer.spans))
    return false;
  const bool asserted =
      has_negation(question, language_.words) || std::ranges::all_of(answer.spans, [&](const std::string& span) {
        return std::ranges::any_of(evidence, [&](const Sentence& sentence) { return asserts_of(sentence.text, span, language_.words); });
      });
  if (!asserted) return false;
  return is_about_what_was_asked(question, evidence, options);
}

std::string SentenceAsker::asker_of(const std::string& question, const std::vector<Sentence>& context, const ReadOptions& options) const {
  const std::vector<std::string> words = split_words(normalised(question));
  const bool first_person = std::ranges::any_of(
      words, [&](const std::string& word) { return language_.words.is(WordKind::kFirstPerson, trim_punctuation(word)); });
  if (!first_person || !options.asker.empty()) return first_person ? options.asker : "";
  const auto written = std::ranges::find_if(context, [](const Sentence& sentence) { return !sentence.author.empty(); });
  return written == context.end() ? "" : written->author;
}

Answer SentenceAsker::ask(const std::string& question, const ReadOptions& options, const std::stop_token& stop) {
  Answer answer;
  const std::vector<RankedSentence> found = search_.search(question, std::max(kRead, kShown), options.as_of);
  for (std::size_t i = 0; i < std::min(found.size(), kShown); ++i) answer.sentences.push_back(found[i].sentence);
  if (found.empty()) return answer;
  const std::span<const RankedSentence> best = std::span(found).first(std::min(found.size(), kRead));
  const std::vector<Sentence> context = context_of(best, options);
  const SentenceAnswer said = answerer_.answer(question, asker_of(question, context, options), context, stop);
  answer.completion.mean_log_probability = said.log_probability - said.not_stated;
  std::vector<Sentence> evidence = sentences_with(said.spans, context, best);
  if (!holds_up(question, said, evidence, context, options)) return answer;
  std::optional<CorrectedAnswer> corrected = corrected_answer(question, said.spans, evidence, store_, language_, options.as_of);
  if (!corrected) return answer;
  answer.origin = Answer::Origin::kMemory;
  answer.sentences = std::move(evidence);
  answer.facts = std::move(corrected->facts);
  answer.text = joined(corrected->parts);
  return answer;
}

}  // namespace memllm
