#include <algorithm>
#include <set>
#include <utility>

#include "data/example_builder.h"
#include "data/seeded_random.h"

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
  std::vector<std::string> shown;
};

// The read points that get a call, with what the model is shown there.
std::vector<Call> choose_calls(const DocRedDocument& document, const QueryFunction& query, const ReadExampleOptions& options) {
  SeededRandom random(options.seed, document.title);
  std::vector<Call> calls;
  for (ReadPoint& point : read_points(document, query, options)) {
    const bool dropped = random.chance(options.drop_call);
    const bool wrong = random.chance(options.wrong_result);
    std::vector<std::string> shown = wrong ? wrong_names(document, point, random) : point.answers;
    if (shown.empty()) shown = point.answers;
    if (!dropped && !shown.empty()) calls.push_back({std::move(point), std::move(shown)});
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
    append(branch, format.read_header(), 1.0F);
    append(branch, format.read_query(calls[i].point.queries), 1.0F);
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
