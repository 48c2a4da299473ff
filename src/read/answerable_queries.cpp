#include "read/answerable_queries.h"

#include <algorithm>
#include <set>

#include "base/name.h"
#include "base/text.h"
#include "language/mention.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxNames = 64;        // last mentioned
constexpr std::size_t kMaxSimilarNames = 8;  // each costs an embedding
constexpr std::size_t kMaxQueries = 1'024;

// The last count different names, last first.
std::vector<std::string> last_names(const std::vector<std::string>& names, std::size_t count) {
  std::vector<std::string> last;
  std::set<Name> seen;
  for (auto name = names.rbegin(); name != names.rend() && last.size() < count; ++name) {
    if (const Name one(*name); !one.is_blank() && seen.insert(one).second) last.push_back(*name);
  }
  return last;
}

}  // namespace

std::vector<Query> answerable_queries(const InferringStore& store, const Words& language, const std::string& text,
                                      const QueryOptions& options) {
  const std::vector<std::string> words = split_words(clean_name(repair_utf8(text)));
  const IsKnown is_known = [&store](const std::string& name) { return store.store().has_entity(name); };
  std::vector<std::string> names = last_names(mentioned_names(words, language, Casing::kNames, is_known), kMaxNames);
  for (const std::string& run : last_names(capitalised_runs(words, language), kMaxSimilarNames)) {
    if (run.size() <= 200 && !store.store().has_entity(run)) names.push_back(run);
  }
  std::vector<Query> queries;
  for (const std::string& name : names) {
    for (Query& query : store.queries_about(name, options)) {
      if (queries.size() < kMaxQueries) queries.push_back(std::move(query));
    }
  }
  return queries;
}

}  // namespace memllm
