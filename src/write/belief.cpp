#include "write/belief.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/name.h"
#include "language/assertion.h"
#include "language/mention.h"

namespace memllm {
namespace {

bool has_word_of(WordKind kind, const std::vector<std::string>& words, const Words& language) {
  return std::ranges::any_of(words, [&](const std::string& word) { return language.is(kind, trim_punctuation(normalised(word))); });
}

// "Keller" for "Anna Keller".
bool has_short_form(const std::string& text, const std::string& name, const Words& words) {
  const std::vector<std::string> parts = split_words(name);
  return parts.size() > 1 && std::ranges::any_of(parts, [&](const std::string& part) {
           const std::string word = trim_punctuation(part);
           const auto first = static_cast<unsigned char>(word.empty() ? ' ' : word[0]);
           return word.size() > 2 && (std::isupper(first) != 0 || first >= 0x80) && !words.is_function_word(word) &&
                  !words.is(WordKind::kTitle, normalised(word)) && mentions(text, normalised(word));
         });
}

class NamesInSentence {
 public:
  NamesInSentence(const StatingSentence& sentence, const Words& words)
      : sentence_(sentence), words_(words), text_(normalised(sentence.text)), split_(split_words(text_)) {}

  bool states(const std::string& name) const {
    if (stands_for(name)) return true;
    return sentence_.other_names &&
           std::ranges::any_of(sentence_.other_names(name), [&](const std::string& other) { return stands_for(other); });
  }

  bool asserts(const std::string& name) const {
    return !mentions(text_, normalised(name)) || asserts_of(std::string(sentence_.text), name, words_);
  }

 private:
  bool stands_for(const std::string& name) const {
    const std::string key = normalised(name);
    if (mentions(text_, key) || has_short_form(text_, name, words_)) return true;
    const std::string& self = sentence_.over.speaker.empty() ? sentence_.author : sentence_.over.speaker;
    if (has_word_of(WordKind::kFirstPerson, split_, words_) && mentions(normalised(self), key)) return true;
    if (mentions(normalised(sentence_.over.heading), key) || mentions(normalised(sentence_.title), key)) return true;
    return has_word_of(WordKind::kPronoun, split_, words_) &&
           std::ranges::any_of(sentence_.before, [&](const std::string& earlier) { return mentions(earlier, key); });
  }

  const StatingSentence& sentence_;
  const Words& words_;
  std::string text_;
  std::vector<std::string> split_;
};

bool has_digit(const std::string& text) {
  return std::ranges::any_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

// "My sister", "your boiler": who or what is meant only a reader can tell.
bool is_relative(const std::string& name, const Words& words) {
  const std::vector<std::string> parts = split_words(name);
  return parts.size() > 1 && words.is_function_word(parts[0]) && !words.is(WordKind::kArticle, normalised(parts[0])) &&
         std::islower(static_cast<unsigned char>(parts[1][0])) != 0;
}

// "date of birth" wants a date, "mother" none.
bool fits(const std::string& name, const std::vector<std::string>& kinds, const Words& words) {
  const auto takes = [&](const char* kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
  if (takes("any") || takes("text")) return true;
  const bool number = words.is_number_or_date(name);
  const bool wants_number = takes("number") || takes("time");
  if (kinds.size() == 1 && takes("time")) return has_digit(name) || has_word_of(WordKind::kMonth, split_words(name), words);
  return !number || wants_number || takes("work") || takes("thing");
}

}  // namespace

std::string in_words(Doubt doubt) {
  switch (doubt) {
    case Doubt::kNone:
      break;
    case Doubt::kScore:
      return "its score is low";
    case Doubt::kNames:
      return "its sentence does not name both";
    case Doubt::kAssertion:
      return "its sentence asks, denies or supposes it";
    case Doubt::kRelation:
      return "its sentence does not speak of what the relation says";
    case Doubt::kKind:
      return "one of the names is no such thing as the relation has";
    case Doubt::kJudgement:
      return "asked for it, its sentence gives another answer or none";
  }
  return {};
}

Doubt doubt_of(const Triple& triple, const StatingSentence& sentence, const Language& language) {
  if (const RelationKind* kind = language.relations.find(Name(triple.relation))) {
    if (!fits(triple.subject, kind->subjects, language.words) || !fits(triple.object, kind->objects, language.words)) return Doubt::kKind;
  }
  const bool dated = language.words.is_number_or_date(triple.object);
  if (dated && mentions(normalised(triple.subject), normalised(triple.object))) return Doubt::kKind;  // "Sunday 15 March" — … — "15 March"
  const NamesInSentence names(sentence, language.words);
  if (sentence.over.is_heading || is_relative(triple.subject, language.words) || is_relative(triple.object, language.words) ||
      !names.states(triple.subject) || !names.states(triple.object))
    return Doubt::kNames;
  if (sentence.text.ends_with('?') || is_supposed(std::string(sentence.text), language.words) || !names.asserts(triple.subject) ||
      !names.asserts(triple.object)) {
    return Doubt::kAssertion;
  }
  // "(1815 – 1852)" says when somebody was born and died without a word of it.
  if (!dated && !language.roles.stand_in(normalised(triple.relation), normalised(sentence.text))) return Doubt::kRelation;
  return Doubt::kNone;
}

}  // namespace memllm
