#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/name.h"
#include "examples/example_builder.h"
#include "examples/seeded_random.h"
#include "write/learned_document.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxFocusTokens = 1024;

// Where a mention stands: sentence, first word.
using Place = std::pair<int, int>;

struct NamedEntity {
  std::string name;
  Place place;
};

Place place_of(const DocRedMention& mention) { return {mention.sentence, mention.begin}; }

// The first mention in the sentence, else the last one before it.
std::optional<NamedEntity> name_at(const std::vector<DocRedMention>& mentions, int sentence) {
  const DocRedMention* best = nullptr;
  for (const DocRedMention& mention : mentions) {
    if (mention.sentence > sentence) continue;
    const bool better =
        best == nullptr || (mention.sentence == best->sentence && sentence == best->sentence ? place_of(mention) < place_of(*best)
                                                                                             : place_of(mention) > place_of(*best));
    if (better) best = &mention;
  }
  if (best == nullptr) return std::nullopt;
  return NamedEntity{best->name, place_of(*best)};
}

// The sentence in which both entities have first been mentioned; nullopt: one of them never is.
std::optional<int> completed_at(const std::vector<DocRedMention>& head, const std::vector<DocRedMention>& tail) {
  const auto by_sentence = [](const DocRedMention& a, const DocRedMention& b) { return a.sentence < b.sentence; };
  if (head.empty() || tail.empty()) return std::nullopt;
  return std::max(std::min_element(head.begin(), head.end(), by_sentence)->sentence,
                  std::min_element(tail.begin(), tail.end(), by_sentence)->sentence);
}

struct PlacedTriple {
  Place place;
  Triple triple;
};

// The label's triple at the sentence, if the paper's rule admits it.
std::optional<PlacedTriple> triple_at(const DocRedDocument& document, const DocRedLabel& label, int sentence,
                                      UnevidencedLabels unevidenced) {
  const auto& head = document.entities.at(static_cast<std::size_t>(label.head));
  const auto& tail = document.entities.at(static_cast<std::size_t>(label.tail));
  if (!label.evidence.empty()) {
    if (std::find(label.evidence.begin(), label.evidence.end(), sentence) == label.evidence.end()) return std::nullopt;
  } else if (unevidenced == UnevidencedLabels::kOnce && completed_at(head, tail) != sentence) {
    return std::nullopt;
  }
  const auto subject = name_at(head, sentence);
  const auto object = name_at(tail, sentence);
  if (!subject || !object) return std::nullopt;
  if (subject->place.first != sentence && object->place.first != sentence) return std::nullopt;
  return PlacedTriple{std::max(subject->place, object->place), {subject->name, label.relation, object->name}};
}

void append(ExampleSegment& segment, std::span<const Token> tokens, float weight) {
  segment.tokens.insert(segment.tokens.end(), tokens.begin(), tokens.end());
  segment.weights.resize(segment.tokens.size(), weight);
}

// Where a sentence's branch begins.
struct BranchPoint {
  int segment = 0;
  std::int32_t at = 0;
};

// The segments that hold pretext: the root, and one directly after BOS for every window that does not begin with the document.
class Pretexts {
 public:
  Pretexts(const LanguageModel& model, Example& example) : example_(example) {
    auto& root = example.segments.emplace_back();
    if (model.bos() >= 0) append(root, {{model.bos()}}, 0.0F);
    bos_ = root.tokens.size();
  }

  // The point whose ancestors are exactly BOS and pretext.
  BranchPoint place(std::span<const Token> pretext) {
    for (const int segment : segments_) {
      if (extend(segment, pretext)) return {segment, static_cast<std::int32_t>(offset(segment) + pretext.size())};
    }
    segments_.push_back(static_cast<int>(example_.segments.size()));
    ExampleSegment segment;
    segment.parent = 0;
    segment.at = static_cast<std::int32_t>(bos_);
    append(segment, pretext, 0.0F);
    example_.segments.push_back(std::move(segment));
    return {segments_.back(), static_cast<std::int32_t>(pretext.size())};
  }

 private:
  std::size_t offset(int segment) const { return segment == 0 ? bos_ : 0; }

  // Makes the segment hold the pretext too, if one of the two begins with the other.
  bool extend(int segment, std::span<const Token> pretext) {
    auto& held = example_.segments[static_cast<std::size_t>(segment)];
    const auto text = std::span<const Token>(held.tokens).subspan(offset(segment));
    const std::size_t common = std::min(text.size(), pretext.size());
    if (!std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(common), pretext.begin())) return false;
    append(held, pretext.subspan(common), 0.0F);
    return true;
  }

  Example& example_;
  std::size_t bos_ = 0;
  std::vector<int> segments_{0};
};

// targets: one list a sentence of the text.
Example example_of(const Document& text, std::span<const std::vector<Triple>> targets, const LanguageModel& model, const CallFormat& format,
                   const Language& language, const WriteExampleOptions& options) {
  LearnedDocument learned(text, language, {});
  WriteOptions run_time;
  run_time.max_pretext_sentences = options.max_pretext_sentences;
  run_time.max_prompt_tokens = options.max_prompt_tokens;
  Example example;
  Pretexts pretexts(model, example);
  std::vector<ExampleSegment> branches;
  for (std::size_t sentence = 0; sentence < learned.sentences(); ++sentence) {
    const WriteTask task = learned.task(sentence, format, run_time, kMaxFocusTokens);
    if (task.focus.empty()) continue;
    const BranchPoint point = pretexts.place(task.pretext);
    ExampleSegment branch;
    branch.parent = point.segment;
    branch.at = point.at;
    const auto header = format.write_header();
    const auto prompt = format.write_prompt({}, task.focus);
    append(branch, std::span(prompt).first(prompt.size() - header.size()), 0.0F);
    append(branch, header, 1.0F);
    append(branch, format.write_body(targets[sentence]), 1.0F);
    branches.push_back(std::move(branch));
  }
  for (ExampleSegment& branch : branches) example.segments.push_back(std::move(branch));
  // A root must hold something, also where the model has no BOS.
  if (example.segments[0].tokens.empty()) append(example.segments[0], format.text_tokens(text.text), 0.0F);
  return example;
}

}  // namespace

std::vector<std::vector<Triple>> write_targets(const DocRedDocument& document, const WriteExampleOptions& options) {
  std::vector<std::vector<Triple>> targets(document.sentences.size());
  for (std::size_t sentence = 0; sentence < document.sentences.size(); ++sentence) {
    std::vector<PlacedTriple> placed;
    std::set<Triple> seen;
    for (const DocRedLabel& label : document.labels) {
      auto triple = triple_at(document, label, static_cast<int>(sentence), options.unevidenced);
      if (triple && seen.insert(triple->triple).second) placed.push_back(std::move(*triple));
    }
    std::stable_sort(placed.begin(), placed.end(), [](const PlacedTriple& a, const PlacedTriple& b) { return a.place < b.place; });
    if (options.order == FactOrder::kRandom) {
      SeededRandom random(options.seed, document.title + " order " + std::to_string(sentence));
      for (std::size_t i = placed.size(); i > 1; --i) std::swap(placed[i - 1], placed[random.below(i)]);
    }
    if (placed.size() > options.max_relations) placed.resize(options.max_relations);
    for (PlacedTriple& triple : placed) targets[sentence].push_back(std::move(triple.triple));
  }
  return targets;
}

Example write_example(const DocRedDocument& document, const LanguageModel& model, const CallFormat& format, const Language& language,
                      const WriteExampleOptions& options) {
  Document text = document.to_document();
  text.name = "document";  // a title may be blank
  Example example = example_of(text, write_targets(document, options), model, format, language, options);
  example.name = document.title;
  return example;
}

Example write_example(const StatedFacts& statement, const LanguageModel& model, const CallFormat& format, const Language& language,
                      const WriteExampleOptions& options) {
  const Document text{"statement", clean_name(statement.text), {{0, static_cast<std::int64_t>(clean_name(statement.text).size())}}};
  const std::vector<std::vector<Triple>> targets = {statement.facts};
  Example example = example_of(text, targets, model, format, language, options);
  example.name = text.text;
  return example;
}

}  // namespace memllm
