#include "examples/counterfactual.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "examples/seeded_random.h"

namespace memllm {

namespace {

constexpr int kCandidates = 16;    // looked at for one entity
constexpr std::size_t kDraws = 8;  // of a whole document, until no forbidden pair arises

using Renaming = std::map<std::string, std::string>;  // name → the name in its place

std::vector<std::string> words_of(const std::string& name) {
  std::istringstream in(name);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::size_t word_count(const std::string& name) { return words_of(name).size(); }

// "13 March 1963" → "00 Aa 0000": what a date or number looks like.
std::string form_of(const std::string& name) {
  std::string form;
  for (const unsigned char byte : name) {
    const char kind = std::isdigit(byte) ? '0' : std::isupper(byte) ? 'A' : std::isalpha(byte) ? 'a' : static_cast<char>(byte);
    if (form.empty() || kind != form.back() || kind == '0') form += kind;
  }
  return form;
}

bool is_value(const std::string& type) { return type == "TIME" || type == "NUM"; }

std::set<std::pair<std::string, std::string>> labelled_pairs(const DocRedDocument& document) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const DocRedLabel& label : document.labels) {
    for (const DocRedMention& head : document.entities[static_cast<std::size_t>(label.head)]) {
      for (const DocRedMention& tail : document.entities[static_cast<std::size_t>(label.tail)]) pairs.emplace(head.name, tail.name);
    }
  }
  return pairs;
}

// Which entities share a word with another one's mention.
std::vector<bool> overlapping(const DocRedDocument& document) {
  std::vector<bool> overlaps(document.entities.size());
  std::map<std::pair<int, int>, std::pair<std::size_t, std::pair<int, int>>> held;  // sentence, word → entity, span
  for (std::size_t e = 0; e < document.entities.size(); ++e) {
    for (const DocRedMention& mention : document.entities[e]) {
      for (int word = mention.begin; word < mention.end; ++word) {
        const std::pair span(mention.begin, mention.end);
        const auto [at, fresh] = held.try_emplace({mention.sentence, word}, e, span);
        if (!fresh && at->second != std::pair(e, span)) overlaps[e] = overlaps[at->second.first] = true;
      }
    }
  }
  return overlaps;
}

// A document while its sentences are written again.
class Rewriter {
 public:
  // renamings: of each entity; empty: it stays.
  Rewriter(const DocRedDocument& document, const std::vector<Renaming>& renamings)
      : source_(document), result_(document), renamings_(renamings) {
    for (std::size_t e = 0; e < document.entities.size(); ++e) {
      for (std::size_t m = 0; m < document.entities[e].size(); ++m) mentions_[document.entities[e][m].sentence].emplace_back(e, m);
      for (const auto& [name, other] : renamings[e]) {
        if (!is_value(document.entities[e].front().type)) everywhere_.emplace(words_of(name), words_of(other));
      }
    }
  }

  DocRedDocument rewrite() {
    for (std::size_t s = 0; s < source_.sentences.size(); ++s) rewrite_sentence(s);
    return std::move(result_);
  }

 private:
  void rewrite_sentence(std::size_t index) {
    const std::vector<std::string>& words = source_.sentences[index];
    std::vector<bool> mentioned(words.size());
    std::map<int, std::pair<int, std::vector<std::string>>> replaced;  // first word → end, words in its place
    for (const auto& [e, m] : mentions_[static_cast<int>(index)]) {
      const DocRedMention& mention = source_.entities[e][m];
      std::fill(mentioned.begin() + mention.begin, mentioned.begin() + mention.end, true);
      const auto other = renamings_[e].find(mention.name);
      if (other != renamings_[e].end()) replaced[mention.begin] = {mention.end, words_of(other->second)};
    }
    std::vector<int> moved(words.size() + 1);  // word → where it stands now
    std::vector<std::string>& out = result_.sentences[index];
    out.clear();
    for (std::size_t word = 0; word < words.size();) {
      moved[word] = static_cast<int>(out.size());
      if (const auto mention = replaced.find(static_cast<int>(word)); mention != replaced.end()) {
        out.insert(out.end(), mention->second.second.begin(), mention->second.second.end());
        word = static_cast<std::size_t>(mention->second.first);
      } else if (const auto* other = unannotated(words, mentioned, word)) {
        out.insert(out.end(), other->second.begin(), other->second.end());
        word += other->first.size();
      } else {
        out.push_back(words[word++]);
      }
    }
    moved[words.size()] = static_cast<int>(out.size());
    for (const auto& [e, m] : mentions_[static_cast<int>(index)]) move(result_.entities[e][m], moved);
  }

  // The longest renamed name that stands here without being a mention.
  const std::pair<const std::vector<std::string>, std::vector<std::string>>* unannotated(const std::vector<std::string>& words,
                                                                                         const std::vector<bool>& mentioned,
                                                                                         std::size_t begin) const {
    const std::pair<const std::vector<std::string>, std::vector<std::string>>* best = nullptr;
    for (const auto& entry : everywhere_) {
      const std::size_t end = begin + entry.first.size();
      if (end > words.size() || (best != nullptr && entry.first.size() <= best->first.size())) continue;
      const auto at = static_cast<std::ptrdiff_t>(begin), after = static_cast<std::ptrdiff_t>(end);
      if (std::find(mentioned.begin() + at, mentioned.begin() + after, true) != mentioned.begin() + after) continue;
      if (std::equal(entry.first.begin(), entry.first.end(), words.begin() + at)) best = &entry;
    }
    return best;
  }

  void move(DocRedMention& mention, const std::vector<int>& moved) const {
    mention.begin = moved[static_cast<std::size_t>(mention.begin)];
    mention.end = moved[static_cast<std::size_t>(mention.end)];
    mention.name = joined_words(result_.sentences[static_cast<std::size_t>(mention.sentence)], mention.begin, mention.end);
  }

  const DocRedDocument& source_;
  DocRedDocument result_;
  const std::vector<Renaming>& renamings_;
  std::map<int, std::vector<std::pair<std::size_t, std::size_t>>> mentions_;  // sentence → entity, mention
  std::map<std::vector<std::string>, std::vector<std::string>> everywhere_;   // a name's words → those in their place
};

}  // namespace

EntityPool::Entity EntityPool::entity_of(const std::vector<DocRedMention>& mentions) {
  Entity entity;
  entity.type = mentions.front().type;
  for (const DocRedMention& mention : mentions) {
    if (std::find(entity.names.begin(), entity.names.end(), mention.name) == entity.names.end()) entity.names.push_back(mention.name);
  }
  if (is_value(entity.type)) entity.form = form_of(entity.names.front());
  return entity;
}

std::vector<std::vector<EntityPool::Role>> EntityPool::roles_of(const DocRedDocument& document) {
  std::vector<std::vector<Role>> roles(document.entities.size());
  for (const DocRedLabel& label : document.labels) {
    const auto head = static_cast<std::size_t>(label.head), tail = static_cast<std::size_t>(label.tail);
    roles[head].emplace_back(document.entities[head].front().type, label.relation, Side::kSubject);
    roles[tail].emplace_back(document.entities[tail].front().type, label.relation, Side::kObject);
  }
  for (std::size_t e = 0; e < roles.size(); ++e) {
    if (roles[e].empty()) roles[e].emplace_back(document.entities[e].front().type, "", Side::kEither);
  }
  return roles;
}

EntityPool::EntityPool(std::span<const DocRedDocument> documents, std::span<const DocRedDocument> forbidden) {
  for (const DocRedDocument& document : documents) {
    const auto roles = roles_of(document);
    for (std::size_t e = 0; e < document.entities.size(); ++e) {
      std::set<Role> distinct(roles[e].begin(), roles[e].end());
      distinct.emplace(document.entities[e].front().type, "", Side::kEither);
      for (const Role& role : distinct) by_role_[role].push_back(entities_.size());
      entities_.push_back(entity_of(document.entities[e]));
    }
  }
  for (const DocRedDocument& document : forbidden) forbidden_.merge(labelled_pairs(document));
}

const EntityPool::Entity* EntityPool::similar(const Entity& entity, const std::vector<Role>& roles, const std::set<std::string>& taken,
                                              SeededRandom& random) const {
  const auto distance = [&](const Entity& other) {
    const auto difference = [](std::size_t a, std::size_t b) { return a > b ? a - b : b - a; };
    return 2 * difference(entity.names.size(), other.names.size()) +
           difference(word_count(entity.names.front()), word_count(other.names.front()));
  };
  const Entity* best = nullptr;
  for (int i = 0; i < kCandidates; ++i) {
    const auto found = by_role_.find(roles[random.below(roles.size())]);
    if (found == by_role_.end()) continue;
    const Entity& other = entities_[found->second[random.below(found->second.size())]];
    const bool known = std::any_of(other.names.begin(), other.names.end(), [&](const std::string& name) { return taken.contains(name); });
    if (known || other.form != entity.form) continue;
    if (best == nullptr || distance(other) < distance(*best)) best = &other;
  }
  return best;
}

bool EntityPool::leaks(const DocRedDocument& document) const {
  const auto pairs = labelled_pairs(document);
  return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return forbidden_.contains(pair); });
}

std::optional<DocRedDocument> EntityPool::variant(const DocRedDocument& document, std::size_t variant,
                                                  const CounterfactualOptions& options) const {
  const auto roles = roles_of(document);
  const auto pinned = overlapping(document);
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    SeededRandom random(options.seed + 1'000 * variant + 1'000'000 * draw, document.title);
    std::set<std::string> taken;
    for (const auto& mentions : document.entities) {
      for (const DocRedMention& mention : mentions) taken.insert(mention.name);
    }
    std::vector<Renaming> renamings(document.entities.size());
    for (std::size_t e = 0; e < document.entities.size(); ++e) {
      if (pinned[e] || !random.chance(options.replaced)) continue;
      const Entity entity = entity_of(document.entities[e]);
      const Entity* other = similar(entity, roles[e], taken, random);
      if (other == nullptr) continue;
      for (std::size_t n = 0; n < entity.names.size(); ++n) {
        renamings[e][entity.names[n]] = other->names[std::min(n, other->names.size() - 1)];
      }
      taken.insert(other->names.begin(), other->names.end());
    }
    DocRedDocument result = Rewriter(document, renamings).rewrite();
    result.title += " (variant " + std::to_string(variant) + ")";
    if (!leaks(result)) return result;
  }
  return std::nullopt;
}

}  // namespace memllm
