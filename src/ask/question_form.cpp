#include "ask/question_form.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>

#include "base/name.h"
#include "language/mention.h"

namespace memllm {
namespace {

// The text's words as they compare, a blank around each and between.
std::string spaced(const std::string& text) {
  std::string words = " ";
  for (const std::string& word : split_words(normalised(text))) {
    if (const std::string trimmed = trim_punctuation(word); !trimmed.empty()) words += trimmed + ' ';
  }
  return words;
}

bool has_any(const std::string& spaced_text, WordKind kind, const Words& words) {
  return std::ranges::any_of(words.of(kind),
                             [&](const std::string& word) { return spaced_text.find(" " + word + " ") != std::string::npos; });
}

std::optional<int> year_in(const std::string& spaced_text) {
  constexpr std::size_t kDigits = 4;
  for (const std::string& word : split_words(spaced_text)) {
    const bool digits = std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (digits && word.size() == kDigits && (word[0] == '1' || word[0] == '2')) return std::stoi(word);
  }
  return std::nullopt;
}

// With the function word before it: "in 2018".
std::string without_year(const std::string& question, const std::string& year, const Words& words) {
  std::vector<std::string> text = split_words(question);
  const auto found = std::ranges::find_if(text, [&](const std::string& word) { return trim_punctuation(word) == year; });
  if (found == text.end()) return question;
  const std::string ending = found->substr(found->find(year) + year.size());
  const auto begin = found != text.begin() && words.is_function_word(*std::prev(found)) ? std::prev(found) : found;
  const auto rest = text.erase(begin, std::next(found));
  if (rest == text.end() && !text.empty()) text.back() += ending;
  return join_words(text);
}

std::string without_mentions(const std::string& question, std::span<const AskedEntity> entities) {
  std::string rest = question;
  for (const AskedEntity& entity : entities) {
    if (const std::size_t at = rest.find(entity.mention); at != std::string::npos) rest.replace(at, entity.mention.size(), "|");
  }
  return rest;
}

constexpr std::size_t kYearDigits = 4;

int year_of(const Timestamp& time) { return std::stoi(time.substr(0, kYearDigits)); }

bool ended(const Fact& fact, const Timestamp& today) { return fact.valid_to && *fact.valid_to < today; }

bool held_in(const Fact& fact, int year) {
  return (!fact.valid_from || year_of(*fact.valid_from) <= year) && (!fact.valid_to || year_of(*fact.valid_to) >= year);
}

}  // namespace

QuestionForm form_of(const std::string& question, const Words& words) {
  QuestionForm form;
  form.text = question;
  const std::string text = spaced(words.without_contraction(question));
  const std::vector<std::string> asked = split_words(text);
  form.former = has_any(text, WordKind::kFormer, words);
  form.negated = has_any(text, WordKind::kNegation, words);
  form.year = year_in(text);
  if (form.year) form.text = without_year(question, std::to_string(*form.year), words);
  form.present = !form.former && !form.year && (has_any(text, WordKind::kCurrent, words) || !has_any(text, WordKind::kPast, words));
  if (!asked.empty() && words.is(WordKind::kAsksYesNo, asked.front())) form.kind = QuestionForm::Kind::kYesNo;
  form.possibility = !asked.empty() && words.is(WordKind::kAsksPossibility, asked.front());
  for (const auto& [counting, naming] : words.counting()) {
    const std::string key = normalised(form.text);
    const std::size_t at = key.find(counting);
    if (at == std::string::npos || key.size() != form.text.size()) continue;
    form.kind = QuestionForm::Kind::kCount;
    form.text.replace(at, counting.size(), naming);
    break;
  }
  return form;
}

std::vector<std::string> opened_questions(const std::string& question, const std::string& mention, const Words& words) {
  std::string rest = question;
  const std::size_t at = rest.find(mention);
  if (mention.empty() || at == std::string::npos) return {};
  rest = clean_name(rest.replace(at, mention.size(), ""));
  rest = rest.substr(0, rest.find_last_not_of("?. !") + 1);
  if (rest.empty()) return {};
  rest[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(rest[0])));
  std::vector<std::string> opened;
  for (const std::string& word : words.of(WordKind::kNameAsking)) {
    opened.push_back(word + ' ' + rest + '?');
    opened.back()[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  }
  return opened;
}

std::vector<AskedEntity> taken_out_as_exceptions(std::vector<AskedEntity>& entities, const std::string& question, const Words& words) {
  std::vector<AskedEntity> exceptions;
  std::erase_if(entities, [&](const AskedEntity& entity) {
    const std::size_t at = question.find(entity.mention);
    if (at == std::string::npos) return false;
    const std::string before = spaced(question.substr(0, at));
    const bool excepted =
        std::ranges::any_of(words.of(WordKind::kExcept), [&](const std::string& word) { return before.ends_with(" " + word + " "); });
    if (excepted) exceptions.push_back(entity);
    return excepted;
  });
  return exceptions;
}

bool is_negated(const std::string& relation, const Words& words) { return has_any(spaced(relation), WordKind::kNegation, words); }

bool relations_may_answer(const QuestionForm& form, const std::string& question, std::span<const AskedEntity> entities,
                          std::span<const Hop> hops, const Language& language) {
  const bool yes_no = form.kind == QuestionForm::Kind::kYesNo;
  for (const Hop& hop : hops) {
    const std::string relation = spaced(hop.relation);
    if (!yes_no && is_negated(hop.relation, language.words) != form.negated) return false;
    if (has_any(relation, WordKind::kFormer, language.words) && form.present) return false;
  }
  const std::string asked = spaced(without_mentions(question, entities));
  return std::ranges::all_of(language.roles.in(asked), [&](const Role* role) {
    return std::ranges::any_of(hops, [&](const Hop& hop) {
      const std::set<std::string>& answering = hop.to_object ? role->answering : role->reversed;
      const std::vector<std::string> words = split_words(spaced(hop.relation));
      return std::ranges::any_of(words, [&](const std::string& word) { return answering.contains(word); });
    });
  });
}

void keep_asked_time(std::vector<QueryMatch>& matches, const QuestionForm& form, const Timestamp& today) {
  const auto all = [](const QueryMatch& match, const auto& holds) {
    const std::vector<Fact> facts = match.stored();
    return std::ranges::all_of(facts, holds);
  };
  if (form.year) {
    std::erase_if(matches,
                  [&](const QueryMatch& match) { return !all(match, [&](const Fact& fact) { return held_in(fact, *form.year); }); });
    // What is known to have held then goes before what may have.
    const auto dated = [&](const QueryMatch& match) {
      return all(match, [](const Fact& fact) { return fact.valid_from || fact.valid_to; });
    };
    if (std::ranges::any_of(matches, dated)) std::erase_if(matches, [&](const QueryMatch& match) { return !dated(match); });
  } else if (form.present) {
    std::erase_if(matches, [&](const QueryMatch& match) { return !all(match, [&](const Fact& fact) { return !ended(fact, today); }); });
  } else if (form.former && std::ranges::any_of(matches, [&](const QueryMatch& match) { return ended(match.fact, today); })) {
    std::erase_if(matches, [&](const QueryMatch& match) { return !ended(match.fact, today); });
  }
}

}  // namespace memllm
