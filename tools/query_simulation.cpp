#include "query_simulation.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <tuple>

#include "base/dot.h"
#include "relation_paraphrases.h"
#include "vectors/vector_rows.h"

namespace memllm {
namespace {

// The side of the triple that a query gives.
enum class Side { kSubject, kObject };

struct Key {
  int relation = 0;
  Side side = Side::kSubject;
  auto operator<=>(const Key&) const = default;
};

int name_of(const CalibrationDocument& document, int entity) { return document.entities[static_cast<std::size_t>(entity)].names.front(); }

constexpr std::size_t kQueriesPerClass = 2'000;

std::string digits_of(const std::string& name) {
  std::string digits;
  std::copy_if(name.begin(), name.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

// Names and what is known of them.
using KnownKeys = std::map<int, std::set<Key>>;

// Relations: the stored ones, then the paraphrases, as rows of one table.
struct QueryText {
  int name = 0;
  int relation_row = 0;
};

struct Asked {
  QueryClass kind = QueryClass::kAliasEntity;
  QueryText text;
  Key key;  // what would be right
};

class Builder {
 public:
  Builder(const CalibrationCorpus& corpus, const NameVectors& names, const NameVectors& relations, DigitRule rule)
      : corpus_(corpus), names_(names), rule_(rule) {
    for (std::size_t i = 0; i < corpus.documents.size(); i += 2) {
      const CalibrationDocument& document = corpus.documents[i];
      for (const CalibrationFact& fact : document.facts) {
        known_[name_of(document, fact.subject)].insert({fact.relation, Side::kSubject});
        known_[name_of(document, fact.object)].insert({fact.relation, Side::kObject});
      }
    }
    for (std::size_t i = 0; i < kRelationParaphrases.size(); ++i) {
      const auto found = std::find(corpus.relations.begin(), corpus.relations.end(), kRelationParaphrases[i].name);
      if (found == corpus.relations.end()) continue;
      paraphrases_[static_cast<int>(found - corpus.relations.begin())].push_back(static_cast<int>(corpus.relations.size() + i));
    }
    const std::size_t rows = relations.values.size() / relations.dimension;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t stored = 0; stored < corpus.relations.size(); ++stored) {
        relation_similarities_.push_back(relations.similarity(row, relations, stored));
      }
    }
  }

  std::vector<SimulatedQuery> build() {
    for (std::size_t i = 0; i < corpus_.documents.size(); ++i) {
      for (const CalibrationFact& fact : corpus_.documents[i].facts) {
        for (const Side side : {Side::kSubject, Side::kObject}) {
          const int entity = side == Side::kSubject ? fact.subject : fact.object;
          const CalibrationEntity& given = corpus_.documents[i].entities[static_cast<std::size_t>(entity)];
          if (i % 2 == 0) {
            add_known(given, {fact.relation, side});
          } else {
            add_absent(given, {fact.relation, side});
          }
        }
      }
    }
    std::shuffle(asked_.begin(), asked_.end(), random_);
    std::vector<SimulatedQuery> queries;
    std::map<QueryClass, std::size_t> count;
    for (const Asked& asked : asked_) {
      if (++count[asked.kind] <= kQueriesPerClass) queries.push_back(with_candidates(asked));
    }
    return queries;
  }

 private:
  void add_known(const CalibrationEntity& entity, Key key) {
    const int name = entity.names.front();
    for (const int paraphrase : paraphrases_[key.relation]) add(QueryClass::kOtherRelation, {name, paraphrase}, key);
    for (const int alias : entity.names) {
      if (known_.contains(alias)) continue;
      add(QueryClass::kAliasEntity, {alias, key.relation}, key);
      for (const int paraphrase : paraphrases_[key.relation]) add(QueryClass::kBoth, {alias, paraphrase}, key);
    }
    // A relation as often used as others, so that it is plausible, but of this entity nothing is known.
    const auto& documents = corpus_.documents;
    const auto& facts = documents[random_() % documents.size()].facts;
    if (facts.empty()) return;
    const Key other{facts[random_() % facts.size()].relation, key.side};
    if (!is_known(name, other)) add(QueryClass::kAbsentRelation, {name, other.relation}, other);
  }

  void add_absent(const CalibrationEntity& entity, Key key) {
    const int name = entity.names.front();
    const auto& aliases = corpus_.aliases[static_cast<std::size_t>(name)];
    if (std::any_of(aliases.begin(), aliases.end(), [&](int alias) { return known_.contains(alias); })) return;
    add(QueryClass::kAbsentEntity, {name, key.relation}, key);
  }

  bool is_known(int name, Key key) const {
    return std::any_of(known_.begin(), known_.end(),
                       [&](const auto& entry) { return corpus_.same_entity(name, entry.first) && entry.second.contains(key); });
  }

  void add(QueryClass kind, QueryText text, Key key) {
    if (seen_.insert({kind, text.name, text.relation_row, key.side}).second) asked_.push_back({kind, text, key});
  }

  SimulatedQuery with_candidates(const Asked& asked) {
    SimulatedQuery query{asked.kind, {}};
    const auto row = static_cast<std::size_t>(asked.text.relation_row) * corpus_.relations.size();
    for (const auto& [name, similarity] : near_names(asked.text.name)) {
      for (const Key& candidate : known_[name]) {
        const float relation = relation_similarities_[row + static_cast<std::size_t>(candidate.relation)];
        if (candidate.side != asked.key.side || relation < QuerySimulation::kMinSimilarity) continue;
        query.candidates.push_back({similarity, relation, candidate == asked.key && corpus_.same_entity(asked.text.name, name)});
      }
    }
    return query;
  }

  const std::string& shown(int name) const { return corpus_.names[static_cast<std::size_t>(name)]; }

  const std::vector<std::pair<int, float>>& near_names(int name) {
    const auto [entry, is_new] = near_.try_emplace(name);
    if (is_new) {
      for (const auto& known : known_) {
        if (rule_ == DigitRule::kMustAgree && digits_of(shown(name)) != digits_of(shown(known.first))) continue;
        const float similarity = names_.similarity(static_cast<std::size_t>(name), names_, static_cast<std::size_t>(known.first));
        if (similarity >= QuerySimulation::kMinSimilarity) entry->second.emplace_back(known.first, similarity);
      }
    }
    return entry->second;
  }

  const CalibrationCorpus& corpus_;
  const NameVectors& names_;
  DigitRule rule_;
  KnownKeys known_;
  std::map<int, std::vector<int>> paraphrases_;  // of a relation: rows of the relations' vectors
  std::vector<float> relation_similarities_;     // [rows of the relations' vectors, stored relations]
  std::map<int, std::vector<std::pair<int, float>>> near_;
  std::set<std::tuple<QueryClass, int, int, Side>> seen_;
  std::vector<Asked> asked_;
  std::mt19937 random_{1};
};

}  // namespace

float NameVectors::similarity(std::size_t a, const NameVectors& other, std::size_t b) const {
  return dot(values.data() + a * dimension, other.values.data() + b * dimension, dimension);
}

QuerySimulation::QuerySimulation(const CalibrationCorpus& corpus, const NameVectors& names, const NameVectors& relations, DigitRule rule)
    : queries_(Builder(corpus, names, relations, rule).build()) {}

QueryQuality QuerySimulation::quality(QueryClass kind, const QueryThresholds& thresholds) const {
  // Equal names have similarity 1 up to rounding.
  constexpr double kRounding = 1e-5;
  QueryQuality result;
  for (const SimulatedQuery& query : queries_) {
    if (query.kind != kind) continue;
    std::size_t right = 0;
    std::size_t wrong = 0;
    for (const QueryCandidate& candidate : query.candidates) {
      const bool is_admitted = candidate.entity + kRounding >= thresholds.entity && candidate.relation + kRounding >= thresholds.relation &&
                               (candidate.entity + candidate.relation) / 2 + kRounding >= thresholds.pair;
      if (is_admitted) ++(candidate.is_right ? right : wrong);
    }
    ++result.queries;
    result.right += right;
    result.wrong += wrong;
    result.answered_right += right > 0 ? 1 : 0;
    result.answered_wrong += wrong > 0 ? 1 : 0;
  }
  return result;
}

}  // namespace memllm
