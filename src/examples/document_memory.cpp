#include "examples/document_memory.h"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "base/name.h"
#include "examples/seeded_random.h"

namespace memllm {
namespace {

struct LabelTable {
  std::map<Name, std::set<int>> entities_by_name;
  std::vector<Fact> facts;
  std::vector<std::pair<int, int>> pairs;  // head and tail of each fact
  std::vector<Name> relations;             // of each fact
  int max_results = 30;

  QueryResult query(const Query& query) const;
};

QueryResult LabelTable::query(const Query& query) const {
  QueryResult result;
  if (query.subject.has_value() == query.object.has_value()) return result;
  const auto given = entities_by_name.find(Name(query.subject ? *query.subject : *query.object));
  if (given == entities_by_name.end()) return result;
  const Name relation(query.relation);
  std::set<std::string> answers;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (relations[i] != relation || !given->second.contains(query.subject ? pairs[i].first : pairs[i].second)) continue;
    const std::string& answer = query.subject ? facts[i].object : facts[i].subject;
    if (!answers.insert(answer).second) continue;
    if (answers.size() <= static_cast<std::size_t>(max_results)) result.matches.push_back({facts[i], answer, 1, 1, {}, 1});
  }
  result.exact = !answers.empty();
  if (!answers.empty()) {
    result.outcome = answers.size() > static_cast<std::size_t>(max_results) ? QueryOutcome::kTooBroad : QueryOutcome::kFound;
  }
  return result;
}

}  // namespace

QueryFunction document_query(const DocRedDocument& document, const DocumentMemoryOptions& options) {
  auto table = std::make_shared<LabelTable>();
  table->max_results = options.max_results;
  for (std::size_t entity = 0; entity < document.entities.size(); ++entity) {
    for (const DocRedMention& mention : document.entities[entity]) {
      table->entities_by_name[Name(mention.name)].insert(static_cast<int>(entity));
    }
  }
  SeededRandom random(options.seed, document.title);
  for (std::size_t i = 0; i < document.labels.size(); ++i) {
    const DocRedLabel& label = document.labels[i];
    if (random.chance(options.drop)) continue;
    Fact fact;
    fact.id = static_cast<FactId>(i + 1);
    fact.name_space = "default";
    fact.subject = document.entities.at(static_cast<std::size_t>(label.head)).at(0).name;
    fact.relation = label.relation;
    fact.object = document.entities.at(static_cast<std::size_t>(label.tail)).at(0).name;
    table->relations.emplace_back(label.relation);
    table->pairs.emplace_back(label.head, label.tail);
    table->facts.push_back(std::move(fact));
  }
  return [table](const Query& query) { return table->query(query); };
}

}  // namespace memllm
