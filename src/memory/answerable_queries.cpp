#include "memory/answerable_queries.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "memory/inference.h"
#include "memory/known_names.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxNames = 64;        // last mentioned
constexpr std::size_t kMaxSimilarNames = 8;  // each costs an embedding
constexpr std::size_t kMaxQueries = 1'024;

// The last count different names, last first.
std::vector<std::string> last_names(const std::vector<std::string>& names, std::size_t count) {
  std::vector<std::string> last;
  std::set<std::string> seen;
  for (auto name = names.rbegin(); name != names.rend() && last.size() < count; ++name) {
    if (!normalise_name(*name).empty() && seen.insert(normalise_name(*name)).second) last.push_back(*name);
  }
  return last;
}

}  // namespace

std::vector<Query> answerable_queries(const Store& store, const std::string& text, const QueryOptions& options) {
  const std::vector<std::string> words = split_words(clean_name(repair_utf8(text)));
  const IsKnown is_known = [&store](const std::string& name) { return store.has_entity(name); };
  std::vector<std::string> names = last_names(known_names(words, Casing::kNames, is_known), kMaxNames);
  for (const std::string& run : last_names(capitalised_runs(words), kMaxSimilarNames)) {
    if (run.size() <= 200 && !store.has_entity(run)) names.push_back(run);
  }
  std::vector<Query> queries;
  for (const std::string& name : names) {
    for (Query& query : queries_about_and_infer(store, name, options)) {
      if (queries.size() < kMaxQueries) queries.push_back(std::move(query));
    }
  }
  return queries;
}

}  // namespace memllm
