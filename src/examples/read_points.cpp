#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "examples/example_builder.h"

namespace memllm {
namespace {

bool is_ambiguous(const RelationSchema* relations, const Query& query) { return relations != nullptr && relations->is_ambiguous(query); }

// How a query without results ranks among those with some (published code).
constexpr std::size_t kRankOfEmpty = 5;

struct PlacedMention {
  const DocRedMention* mention = nullptr;
  std::size_t entity = 0;
  Span span;
};

std::vector<PlacedMention> mentions_in_order(const DocRedDocument& document) {
  std::vector<PlacedMention> mentions;
  for (std::size_t entity = 0; entity < document.entities.size(); ++entity) {
    for (const DocRedMention& mention : document.entities[entity]) mentions.push_back({&mention, entity, document.mention_span(mention)});
  }
  std::stable_sort(mentions.begin(), mentions.end(), [](const PlacedMention& a, const PlacedMention& b) {
    return std::tuple(a.span.begin, a.entity, a.span.end) < std::tuple(b.span.begin, b.entity, b.span.end);
  });
  return mentions;
}

// The memory's answers, none twice; nullopt: too broad.
std::optional<std::vector<std::string>> live_results(const QueryFunction& query, const Query& question, int max_results) {
  std::vector<std::string> names;
  if (!query) return names;
  const QueryResult result = query(question);
  if (result.outcome == QueryOutcome::kTooBroad) return std::nullopt;
  for (const QueryMatch& match : result.matches) {
    if (std::find(names.begin(), names.end(), match.answer) == names.end()) names.push_back(match.answer);
  }
  if (names.size() > static_cast<std::size_t>(std::max(max_results, 0))) return std::nullopt;
  return names;
}

// Last mention of the entity that ends before the offset.
const DocRedMention* last_before(const std::vector<PlacedMention>& mentions, std::size_t entity, std::int64_t offset) {
  const PlacedMention* best = nullptr;
  for (const PlacedMention& mention : mentions) {
    if (mention.span.begin >= offset) break;
    if (mention.entity == entity && mention.span.end <= offset) best = &mention;
  }
  return best == nullptr ? nullptr : best->mention;
}

class PointFinder {
 public:
  PointFinder(const DocRedDocument& document, const QueryFunction& query, const ReadExampleOptions& options)
      : document_(document),
        query_(query),
        options_(options),
        text_(document.to_document().text),
        mentions_(mentions_in_order(document)),
        covered_(document.labels.size(), false) {}

  std::vector<ReadPoint> find() {
    std::vector<ReadPoint> points;
    for (const PlacedMention& target : mentions_) {
      const auto questions = completed_questions(target);
      if (questions.empty() || target.span.begin == 0) continue;
      if (!points.empty() && target.span.begin < points.back().target_span.end) continue;
      const auto text_offset = static_cast<std::size_t>(target.span.begin - 1);
      if (std::string_view(text_).substr(0, text_offset).find(target.mention->name) != std::string_view::npos) continue;
      auto candidates = ranked(questions);
      if (candidates.empty()) continue;
      points.push_back(make_point(target, text_offset, std::move(candidates)));
    }
    return points;
  }

 private:
  // Questions of the labels whose pair the mention completes; marks those labels as used.
  std::vector<Query> completed_questions(const PlacedMention& target) {
    std::vector<Query> questions;
    for (std::size_t i = 0; i < document_.labels.size(); ++i) {
      const DocRedLabel& label = document_.labels[i];
      const auto head = static_cast<std::size_t>(label.head);
      const auto tail = static_cast<std::size_t>(label.tail);
      if (covered_[i] || head == tail || (head != target.entity && tail != target.entity)) continue;
      const bool target_is_tail = tail == target.entity;
      const DocRedMention* known = last_before(mentions_, target_is_tail ? head : tail, target.span.begin);
      if (known == nullptr) continue;
      covered_[i] = true;
      Query question;
      question.relation = label.relation;
      (target_is_tail ? question.subject : question.object) = known->name;
      if (std::find(questions.begin(), questions.end(), question) == questions.end()) questions.push_back(std::move(question));
    }
    return questions;
  }

  // Those that may be asked, fewest results first, at most max_queries.
  std::vector<AnsweredQuery> ranked(const std::vector<Query>& questions) const {
    std::vector<AnsweredQuery> candidates;
    for (const Query& question : questions) {
      if (is_ambiguous(options_.relations, question)) continue;
      if (auto results = live_results(query_, question, options_.max_results)) candidates.push_back({question, std::move(*results)});
    }
    const auto rank = [](const AnsweredQuery& candidate) { return candidate.results.empty() ? kRankOfEmpty : candidate.results.size(); };
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](const AnsweredQuery& a, const AnsweredQuery& b) { return rank(a) < rank(b); });
    if (candidates.size() > options_.max_queries) candidates.resize(options_.max_queries);
    return candidates;
  }

  ReadPoint make_point(const PlacedMention& target, std::size_t text_offset, std::vector<AnsweredQuery> candidates) const {
    ReadPoint point;
    point.target = *target.mention;
    point.entity = target.entity;
    point.text_offset = text_offset;
    point.target_span = target.span;
    for (AnsweredQuery& candidate : candidates) {
      for (const std::string& name : candidate.results) {
        if (point.answers.size() >= static_cast<std::size_t>(std::max(options_.max_results, 0))) break;
        if (std::find(point.answers.begin(), point.answers.end(), name) == point.answers.end()) point.answers.push_back(name);
      }
      point.queries.push_back(std::move(candidate.query));
      point.results.push_back(std::move(candidate.results));
    }
    if (point.answers.empty() && options_.empty == EmptyResults::kUseTarget) point.answers.push_back(point.target.name);
    return point;
  }

  const DocRedDocument& document_;
  const QueryFunction& query_;
  const ReadExampleOptions& options_;
  const std::string text_;
  const std::vector<PlacedMention> mentions_;
  std::vector<bool> covered_;
};

}  // namespace

std::vector<ReadPoint> read_points(const DocRedDocument& document, const QueryFunction& query, const ReadExampleOptions& options) {
  return PointFinder(document, query, options).find();
}

std::vector<AnsweredQuery> other_queries(const DocRedDocument& document, const ReadPoint& point, const QueryFunction& query,
                                         const ReadExampleOptions& options) {
  const std::vector<PlacedMention> mentions = mentions_in_order(document);
  std::vector<AnsweredQuery> others;
  const auto add = [&](Query question) {
    const auto is_same = [&](const AnsweredQuery& other) { return other.query == question; };
    if (is_ambiguous(options.relations, question) || std::ranges::find(point.queries, question) != point.queries.end() ||
        std::ranges::any_of(others, is_same))
      return;
    auto results = live_results(query, question, options.max_results);
    if (results && !results->empty()) others.push_back({std::move(question), std::move(*results)});
  };
  for (const DocRedLabel& label : document.labels) {
    const auto mentioned = [&](int entity) { return last_before(mentions, static_cast<std::size_t>(entity), point.target_span.begin); };
    if (const DocRedMention* head = mentioned(label.head)) add({head->name, label.relation, std::nullopt});
    if (const DocRedMention* tail = mentioned(label.tail)) add({std::nullopt, label.relation, tail->name});
  }
  return others;
}

}  // namespace memllm
