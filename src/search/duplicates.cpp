#include "search/duplicates.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/name.h"
#include "search/near_names.h"

namespace memllm {
namespace {

using Likeness = DuplicateEntities::Likeness;

// Names with a word in common are compared with each other up to so many: "of" says nothing about being one.
constexpr std::size_t kMostAlike = 100;

struct KnownName {
  std::string text;
  std::vector<std::string> words;  // plain, without articles and titles
};

bool differs_in_a_letter(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.size() != b.size()) return false;
  bool differs = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    const std::size_t most = std::min(allowed_edits(a[i]), allowed_edits(b[i]));
    if (differs || most == 0 || a[i][0] != b[i][0] || edit_distance(a[i], b[i], most) > most) return false;
    differs = true;
  }
  return differs;
}

class Finder {
 public:
  Finder(const Store& store, const Words& language) : store_(store) {
    for (const std::string& name : store.all_entity_names()) {
      if (language.is_number_or_date(name)) continue;
      std::vector<std::string> words = plain_words(name);
      std::erase_if(words,
                    [&](const std::string& word) { return language.is(WordKind::kTitle, word) || language.is(WordKind::kArticle, word); });
      if (!words.empty()) names_.push_back({name, std::move(words)});
    }
  }

  std::vector<DuplicateEntities> operator()() {
    find_spellings();
    std::map<std::string, std::vector<const KnownName*>> by_word;
    for (const KnownName& name : names_) {
      for (const std::string& word : std::set(name.words.begin(), name.words.end())) by_word[word].push_back(&name);
      // A single word shares none with its misspelling: what both begin with.
      if (name.words.size() == 1) by_word["^" + name.words[0].substr(0, 3)].push_back(&name);
    }
    for (const KnownName& name : names_) find_short_form(name, by_word);
    for (const auto& [word, alike] : by_word) find_typing_errors(alike);
    return std::move(found_);
  }

 private:
  void find_spellings() {
    std::map<std::vector<std::string>, const KnownName*> by_words;
    for (const KnownName& name : names_) {
      std::vector<std::string> sorted = name.words;
      std::ranges::sort(sorted);
      const auto [first, is_new] = by_words.emplace(std::move(sorted), &name);
      if (!is_new) add(first->second->text, name.text, Likeness::kSpelling);
    }
  }

  // The one longer name in its documents that begins or ends so.
  void find_short_form(const KnownName& name, const std::map<std::string, std::vector<const KnownName*>>& by_word) {
    const std::vector<const KnownName*>& candidates = by_word.at(name.words[0]);
    if (candidates.size() > kMostAlike || (name.words.size() == 1 && name.words[0].size() < 3)) return;
    std::vector<const KnownName*> longer;
    for (const KnownName* other : candidates) {
      if (other->words.size() <= name.words.size() || !same_identifiers(name.text, other->text)) continue;
      const bool is_part = std::equal(name.words.begin(), name.words.end(), other->words.begin()) ||
                           std::equal(name.words.rbegin(), name.words.rend(), other->words.rbegin());
      if (is_part && share_a_document(name.text, other->text)) longer.push_back(other);
    }
    if (longer.size() == 1) add(longer[0]->text, name.text, Likeness::kShortForm);
  }

  void find_typing_errors(const std::vector<const KnownName*>& alike) {
    if (alike.size() > kMostAlike) return;
    for (std::size_t i = 0; i < alike.size(); ++i) {
      for (std::size_t j = i + 1; j < alike.size(); ++j) {
        if (same_identifiers(alike[i]->text, alike[j]->text) && differs_in_a_letter(alike[i]->words, alike[j]->words)) {
          add(alike[i]->text, alike[j]->text, Likeness::kTypingError);
        }
      }
    }
  }

  bool share_a_document(const std::string& a, const std::string& b) {
    const std::set<std::string>& others = documents_of(b);
    return std::ranges::any_of(documents_of(a), [&](const std::string& document) { return others.contains(document); });
  }

  const std::set<std::string>& documents_of(const std::string& name) {
    const auto [known, is_new] = documents_.try_emplace(name);
    if (!is_new) return known->second;
    FactFilter filter;
    filter.entity = name;
    for (const Fact& fact : store_.list(filter)) {
      for (const Source& source : fact.sources) {
        if (!source.document.empty()) known->second.insert(source.document);
      }
    }
    return known->second;
  }

  void add(const std::string& name, const std::string& other, Likeness likeness) {
    if (!listed_.insert({Name(name), Name(other)}).second) return;
    const std::vector<std::string> same = store_.entity_names(name);
    if (std::ranges::find(same, other) == same.end()) found_.push_back({name, other, likeness});
  }

  const Store& store_;
  std::vector<KnownName> names_;
  std::map<std::string, std::set<std::string>> documents_;
  std::set<std::pair<Name, Name>> listed_;
  std::vector<DuplicateEntities> found_;
};

}  // namespace

std::vector<DuplicateEntities> duplicate_entities(const Store& store, const Words& language) { return Finder(store, language)(); }

}  // namespace memllm
