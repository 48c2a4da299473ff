#include "examples/questions.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>

#include "base/name.h"
#include "examples/seeded_random.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxObjects = 3;

const std::string& first_name(const DocRedDocument& document, int entity) {
  return document.entities.at(static_cast<std::size_t>(entity)).at(0).name;
}

const std::string& type_of(const DocRedDocument& document, int entity) {
  return document.entities.at(static_cast<std::size_t>(entity)).at(0).type;
}

// Whether people ask about such a thing by its name.
bool is_askable(const DocRedDocument& document, int entity) {
  const std::string& type = type_of(document, entity);
  return type != "TIME" && type != "NUM" && Name(first_name(document, entity)).key.size() > 1;
}

bool names_an_answer(const std::string& question, std::span<const std::string> answers) {
  const std::string asked = normalised(question);
  return std::any_of(answers.begin(), answers.end(),
                     [&](const std::string& answer) { return asked.find(normalised(answer)) != std::string::npos; });
}

const std::string& one_question(const QuestionTemplates& templates, Phrasing phrasing, SeededRandom& random) {
  const std::size_t half = templates.object_questions.size() / 2;
  return templates.object_questions[random.below(half) + (phrasing == Phrasing::kTest ? half : 0)];
}

const std::string& one_phrase(const QuestionTemplates& templates, Phrasing phrasing) {
  return templates.object_phrases[phrasing == Phrasing::kTest ? 1 : 0];
}

// The first count in an order chosen by chance, or all.
std::vector<Question> chosen(std::vector<Question> questions, std::size_t count, SeededRandom& random) {
  for (std::size_t i = 0; i + 1 < questions.size() && i < count; ++i) {
    std::swap(questions[i], questions[i + random.below(questions.size() - i)]);
  }
  if (questions.size() > count) questions.resize(count);
  return questions;
}

std::vector<int> evidence_of(std::initializer_list<const DocRedLabel*> labels) {
  std::set<int> sentences;
  for (const DocRedLabel* label : labels) sentences.insert(label->evidence.begin(), label->evidence.end());
  return {sentences.begin(), sentences.end()};
}

}  // namespace

QuestionMaker::QuestionMaker(std::span<const DocRedDocument> documents, QuestionTemplateTable templates, Phrasing phrasing)
    : templates_(std::move(templates)), phrasing_(phrasing) {
  for (const DocRedDocument& document : documents) add(document);
}

void QuestionMaker::add(const DocRedDocument& document) {
  std::map<std::pair<int, std::string>, std::set<int>> objects;
  for (const DocRedLabel& label : document.labels) {
    objects[{label.head, label.relation}].insert(label.tail);
    relations_[type_of(document, label.head)].insert(label.relation);
    for (const int entity : {label.head, label.tail}) {
      for (const DocRedMention& mention : document.entities.at(static_cast<std::size_t>(entity))) {
        touched_.emplace(Name(mention.name), label.relation);
      }
    }
  }
  for (const auto& [slot, tails] : objects) {
    for (const DocRedMention& subject : document.entities.at(static_cast<std::size_t>(slot.first))) {
      Known& known = known_[{Name(subject.name), slot.second}];
      known.objects = std::max(known.objects, tails.size());
      for (const int tail : tails) {
        for (const DocRedMention& object : document.entities.at(static_cast<std::size_t>(tail))) known.answers.insert(object.name);
      }
    }
  }
}

std::vector<std::string> QuestionMaker::answers_of(const DocRedDocument& document, int entity, const std::string& relation) const {
  const auto known = known_.find({Name(first_name(document, entity)), relation});
  if (known == known_.end() || known->second.objects > kMaxObjects) return {};
  return {known->second.answers.begin(), known->second.answers.end()};
}

std::vector<Question> QuestionMaker::single_hop(const DocRedDocument& document, std::uint64_t seed) const {
  SeededRandom random(seed, "single hop " + document.title);
  std::vector<Question> questions;
  std::set<std::pair<int, std::string>> asked;
  for (const DocRedLabel& label : document.labels) {
    const QuestionTemplates* templates = templates_.find(label.relation);
    if (templates == nullptr || !is_askable(document, label.head) || !asked.emplace(label.head, label.relation).second) continue;
    Question question{QuestionKind::kSingleHop, "", answers_of(document, label.head, label.relation), {}, evidence_of({&label})};
    question.text = fill_template(one_question(*templates, phrasing_, random), first_name(document, label.head));
    if (question.answers.empty() || names_an_answer(question.text, question.answers)) continue;
    question.facts = {{first_name(document, label.head), label.relation, first_name(document, label.tail)}};
    questions.push_back(std::move(question));
  }
  return questions;
}

std::vector<Question> QuestionMaker::two_hop(const DocRedDocument& document, std::uint64_t seed) const {
  SeededRandom random(seed, "two hops " + document.title);
  std::vector<Question> questions;
  for (const DocRedLabel& first : document.labels) {
    const QuestionTemplates* inner = templates_.find(first.relation);
    const auto same = [&](const DocRedLabel& other) { return other.head == first.head && other.relation == first.relation; };
    if (inner == nullptr || !is_askable(document, first.head) || !is_askable(document, first.tail)) continue;
    if (std::count_if(document.labels.begin(), document.labels.end(), same) != 1) continue;
    std::set<std::string> asked;
    for (const DocRedLabel& second : document.labels) {
      const QuestionTemplates* outer = templates_.find(second.relation);
      if (outer == nullptr || second.head != first.tail || second.tail == first.head || !asked.insert(second.relation).second) continue;
      Question question{QuestionKind::kTwoHop, "", answers_of(document, second.head, second.relation), {}, evidence_of({&first, &second})};
      const std::string phrase = fill_template(one_phrase(*inner, phrasing_), first_name(document, first.head));
      question.text = fill_template(one_question(*outer, phrasing_, random), phrase);
      if (question.text.starts_with("the ")) question.text[0] = 'T';
      if (question.answers.empty() || names_an_answer(question.text, question.answers)) continue;
      const std::string& middle = first_name(document, first.tail);
      question.facts = {{first_name(document, first.head), first.relation, middle},
                        {middle, second.relation, first_name(document, second.tail)}};
      questions.push_back(std::move(question));
    }
  }
  return questions;
}

std::vector<Question> QuestionMaker::unanswerable(const DocRedDocument& document, std::uint64_t seed) const {
  SeededRandom random(seed, "unanswerable " + document.title);
  std::vector<Question> questions;
  for (int entity = 0; entity < static_cast<int>(document.entities.size()); ++entity) {
    const auto relations = relations_.find(type_of(document, entity));
    if (relations == relations_.end() || !is_askable(document, entity)) continue;
    std::vector<std::string> absent;
    for (const std::string& relation : relations->second) {
      if (!touched_.contains({Name(first_name(document, entity)), relation})) absent.push_back(relation);
    }
    if (absent.empty()) continue;
    const QuestionTemplates* templates = templates_.find(absent[random.below(absent.size())]);
    if (templates == nullptr) continue;
    questions.push_back({QuestionKind::kUnanswerable,
                         fill_template(one_question(*templates, phrasing_, random), first_name(document, entity)),
                         {},
                         {},
                         {}});
  }
  return questions;
}

std::vector<Question> QuestionMaker::about(const DocRedDocument& document, std::size_t count, std::uint64_t seed) const {
  SeededRandom random(seed, "choice " + document.title);
  std::vector<Question> questions;
  for (auto&& all : {single_hop(document, seed), two_hop(document, seed), unanswerable(document, seed)}) {
    for (Question& question : chosen(all, count, random)) questions.push_back(std::move(question));
  }
  return questions;
}

}  // namespace memllm
