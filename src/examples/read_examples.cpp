#include <algorithm>
#include <set>
#include <utility>

#include "examples/example_builder.h"
#include "examples/seeded_random.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxWrongNames = 3;

void append(ExampleSegment& segment, const std::vector<Token>& tokens, float weight) {
  segment.tokens.insert(segment.tokens.end(), tokens.begin(), tokens.end());
  segment.weights.resize(segment.tokens.size(), weight);
}

// One to three names of other entities of the document, those of the target's type first choice; empty when there is none.
std::vector<std::string> wrong_names(const DocRedDocument& document, const ReadPoint& point, SeededRandom& random) {
  std::vector<std::string> same_type, others;
  for (std::size_t entity = 0; entity < document.entities.size(); ++entity) {
    if (entity == point.entity || document.entities[entity].empty()) continue;
    const DocRedMention& mention = document.entities[entity].front();
    if (mention.name == point.target.name || std::find(point.answers.begin(), point.answers.end(), mention.name) != point.answers.end())
      continue;
    (mention.type == point.target.type ? same_type : others).push_back(mention.name);
  }
  std::vector<std::string>& pool = same_type.empty() ? others : same_type;
  const std::size_t count = 1 + random.below(kMaxWrongNames);
  std::vector<std::string> names;
  while (names.size() < count && !pool.empty()) {
    const auto chosen = pool.begin() + static_cast<std::ptrdiff_t>(random.below(pool.size()));
    if (std::find(names.begin(), names.end(), *chosen) == names.end()) names.push_back(std::move(*chosen));
    pool.erase(chosen);
  }
  return names;
}

struct Call {
  ReadPoint point;
  std::vector<Query> queries;
  std::vector<std::string> shown;
};

template <typename T>
void shuffle(std::vector<T>& items, SeededRandom& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

// Some queries that do not lead to the target, among those that do; the answers stand in the queries' order.
void add_other_queries(Call& call, std::vector<AnsweredQuery> others, SeededRandom& random, const ReadExampleOptions& options) {
  const std::size_t gold = call.point.queries.size();
  if (others.empty() || gold >= options.most_queries) return;
  shuffle(others, random);
  others.resize(std::min(others.size(), 1 + random.below(options.most_queries - gold)));
  for (std::size_t i = 0; i < gold; ++i) others.push_back({call.point.queries[i], call.point.results[i]});
  // Where the memory has lost all that leads to the target, the target stands for it, as without other queries.
  if (call.shown == std::vector<std::string>{call.point.target.name} &&
      std::ranges::all_of(call.point.results, &std::vector<std::string>::empty)) {
    others.back().results = call.shown;
  }
  shuffle(others, random);
  call.queries.clear();
  call.shown.clear();
  for (AnsweredQuery& asked : others) {
    call.queries.push_back(std::move(asked.query));
    for (std::string& name : asked.results) {
      if (call.shown.size() >= static_cast<std::size_t>(std::max(options.max_results, 0))) break;
      if (std::ranges::find(call.shown, name) == call.shown.end()) call.shown.push_back(std::move(name));
    }
  }
}

// Loss on every query that leads to the target; where there are others, on nothing else.
void append_queries(ExampleSegment& segment, const Call& call, const CallFormat& format, float weight) {
  const std::vector<Token> tokens = format.read_query(call.queries);
  if (call.queries.size() == call.point.queries.size()) return append(segment, tokens, weight);
  const std::size_t end = tokens.size() - format.read_end().size() - 1;
  auto query = call.queries.begin();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool between = i >= end || tokens[i] == format.item();
    const bool leads_on = !between && std::ranges::find(call.point.queries, *query) != call.point.queries.end();
    append(segment, {tokens[i]}, leads_on ? weight : 0.0F);
    if (tokens[i] == format.item()) ++query;
  }
}

// The read points that get a call, with what the model is shown there.
std::vector<Call> choose_calls(const DocRedDocument& document, const QueryFunction& query, const ReadExampleOptions& options) {
  SeededRandom random(options.seed, document.title);
  std::vector<Call> calls;
  for (ReadPoint& point : read_points(document, query, options)) {
    const bool dropped = random.chance(options.drop_call);
    const bool wrong = random.chance(options.wrong_result);
    std::vector<std::string> shown = wrong ? wrong_names(document, point, random) : point.answers;
    if (shown.empty()) shown = point.answers;
    if (dropped || shown.empty()) continue;
    std::vector<Query> queries = point.queries;
    calls.push_back({std::move(point), std::move(queries), std::move(shown)});
    if (options.more_queries > 0 && !wrong && random.chance(options.more_queries)) {
      add_other_queries(calls.back(), other_queries(document, calls.back().point, query, options), random, options);
    }
  }
  return calls;
}

// Leaves loss on a random share of the tokens from begin on (those with weight 1), and weighs it up.
void thin_loss(ExampleSegment& segment, std::size_t begin, double share, SeededRandom& random) {
  if (share >= 1) return;
  for (std::size_t i = begin; i < segment.weights.size(); ++i) {
    if (segment.weights[i] == 1.0F) segment.weights[i] = random.chance(share) ? static_cast<float>(1 / share) : 0.0F;
  }
}

}  // namespace

Example read_example(const DocRedDocument& document, const LanguageModel& model, const CallFormat& format, const QueryFunction& query,
                     const ReadExampleOptions& options) {
  const std::string text = document.to_document().text;
  const std::vector<Call> calls = choose_calls(document, query, options);
  std::vector<std::vector<Token>> pieces;  // the text, cut at the calls
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= calls.size(); ++i) {
    const std::size_t end = i < calls.size() ? calls[i].point.text_offset : text.size();
    pieces.push_back(format.text_tokens(std::string_view(text).substr(begin, end - begin)));
    begin = end;
  }

  Example example;
  example.name = document.title;
  auto& root = example.segments.emplace_back();
  if (model.bos() >= 0) append(root, {model.bos()}, 0.0F);
  append(root, pieces[0], 1.0F);
  if (!root.weights.empty()) root.weights[0] = 0.0F;
  std::vector<std::int32_t> cuts;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    cuts.push_back(static_cast<std::int32_t>(root.tokens.size()));
    append(root, pieces[i + 1], 1.0F);
    if (!pieces[i + 1].empty()) root.weights[static_cast<std::size_t>(cuts[i])] = kTextAtReadPoint;
  }
  SeededRandom random(options.seed, document.title + " text");
  thin_loss(root, 0, options.text_loss, random);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ExampleSegment branch;
    branch.parent = 0;
    branch.at = cuts[i];
    const auto call_weight = static_cast<float>(options.call_weight);
    append(branch, format.read_header(), call_weight);
    branch.weights[0] = 1.0F;  // whether to read: weighed as the text that it competes with, so that its probability stays true
    append_queries(branch, calls[i], format, call_weight);
    append(branch, format.read_result(calls[i].shown), 0.0F);
    const std::size_t kept = branch.tokens.size() + kKeptAfterCall;
    append(branch, pieces[i + 1], 1.0F);
    thin_loss(branch, kept, options.text_loss, random);
    if (i + 1 < calls.size()) append(branch, {format.open()}, 1.0F);
    example.segments.push_back(std::move(branch));
  }
  return example;
}

}  // namespace memllm
