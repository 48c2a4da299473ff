#include "ask/sentence_asker.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "ask/question_form.h"
#include "ask/question_names.h"
#include "base/name.h"
#include "language/assertion.h"
#include "language/mention.h"

namespace memllm {
namespace {

constexpr std::size_t kFound = 8;           // sentences that are looked at
constexpr std::size_t kWithNeighbours = 4;  // of these, the best, with the sentences beside them
constexpr std::size_t kContextBytes = 2'000;
constexpr std::size_t kShown = 3;    // nearest sentences, where there is no answer
constexpr double kMinMargin = 0.25;  // by which an answer must be more likely than "not stated" (natural log)

std::string joined(const std::vector<std::string>& spans) {
  std::string text;
  for (const std::string& span : spans) text += (text.empty() ? "" : ", ") + span;
  return text;
}

}  // namespace

SentenceAsker::SentenceAsker(const Store& store, const Language& language, const SentenceSearch& search, SentenceAnswerer& answerer)
    : store_(store), language_(language), search_(search), answerer_(answerer) {}

std::vector<Sentence> SentenceAsker::context_of(const std::vector<RankedSentence>& found, const ReadOptions& options) const {
  std::vector<std::string> order;  // of the documents: that of the best sentence first
  std::map<std::string, std::map<std::int64_t, Sentence>> chosen;
  std::size_t bytes = 0;
  const auto add = [&](const Sentence& sentence) {
    if (bytes + sentence.text.size() > kContextBytes && bytes > 0) return;
    if (!chosen.contains(sentence.document)) order.push_back(sentence.document);
    if (chosen[sentence.document].emplace(sentence.number, sentence).second) bytes += sentence.text.size() + sentence.heading.size() / 4;
  };
  for (const RankedSentence& ranked : found) add(ranked.sentence);
  for (std::size_t i = 0; i < std::min(found.size(), kWithNeighbours); ++i) {
    const Sentence& centre = found[i].sentence;
    for (const Sentence& sentence : store_.sentences(centre.document, options.as_of)) {
      const std::int64_t distance = sentence.number - centre.number;
      const std::int64_t after = centre.is_heading || centre.text.ends_with('?') ? 3 : 1;
      if (distance >= -1 && distance <= after) add(sentence);
    }
  }
  std::vector<Sentence> context;
  for (const std::string& document : order) {
    for (auto& [number, sentence] : chosen[document]) context.push_back(std::move(sentence));
  }
  return context;
}

std::vector<Sentence> SentenceAsker::sentences_with(const std::vector<std::string>& spans, const std::vector<Sentence>& context,
                                                    const std::vector<RankedSentence>& found) {
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
  return true;
}

bool SentenceAsker::speaks_of_roles(const std::string& question, const std::vector<Sentence>& context) const {
  std::string text;
  for (const Sentence& sentence : context) text += sentence.title + ' ' + sentence.heading + ' ' + sentence.text + ' ';
  text = normalised(text);
  return std::ranges::all_of(language_.roles.in(normalised(question)), [&](const Role* role) {
    const auto stands = [&](const std::string& word) { return mentions(text, word); };
    return stands(role->asked) || std::ranges::any_of(role->answering, stands) || std::ranges::any_of(role->reversed, stands);
  });
}

bool SentenceAsker::holds_up(const std::string& question, const SentenceAnswer& answer, const std::vector<Sentence>& evidence,
                             const std::vector<Sentence>& context, const ReadOptions& options) const {
  if (answer.kind != SentenceAnswer::Kind::kSpans || answer.log_probability < answer.not_stated + kMinMargin || evidence.empty())
    return false;
  if (form_of(question, language_.words).kind == QuestionForm::Kind::kYesNo || !language_.words.fits_question(question, answer.spans))
    return false;
  if (!speaks_of_roles(question, context)) return false;
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
  const std::vector<RankedSentence> found = search_.search(question, kFound, options.as_of);
  for (std::size_t i = 0; i < std::min(found.size(), kShown); ++i) answer.sentences.push_back(found[i].sentence);
  const std::vector<Sentence> context = context_of(found, options);
  const SentenceAnswer said = answerer_.answer(question, asker_of(question, context, options), context, stop);
  answer.completion.mean_log_probability = said.log_probability - said.not_stated;
  std::vector<Sentence> evidence = sentences_with(said.spans, context, found);
  if (!holds_up(question, said, evidence, context, options)) return answer;
  answer.origin = Answer::Origin::kMemory;
  answer.sentences = std::move(evidence);
  answer.text = joined(said.spans);
  return answer;
}

}  // namespace memllm
