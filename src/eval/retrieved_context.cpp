#include "eval/retrieved_context.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/name.h"

namespace memllm {
namespace {

bool has_name(const std::vector<DocRedMention>& entity, const std::string& name) {
  const Name wanted(name);
  return std::any_of(entity.begin(), entity.end(), [&](const DocRedMention& mention) { return Name(mention.name) == wanted; });
}

// Whether the label is what the query asks for, with the point's target as the answer.
bool answers(const DocRedDocument& document, const DocRedLabel& label, const Query& query, std::size_t target) {
  const auto head = static_cast<std::size_t>(label.head), tail = static_cast<std::size_t>(label.tail);
  if (label.relation != query.relation || (query.subject ? tail : head) != target) return false;
  return has_name(document.entities[query.subject ? head : tail], query.subject ? *query.subject : *query.object);
}

std::string text_of(const std::string& text, std::size_t begin, std::size_t end) { return text.substr(begin, end - begin); }

// What stands before the point: its sentence so far, or, where that is nothing, the sentence before.
std::string before_point(const DocRedDocument& document, const ReadPoint& point) {
  const Document plain = document.to_document();
  const auto span = [&](int sentence) { return plain.sentences[static_cast<std::size_t>(sentence)]; };
  const auto begin = static_cast<std::size_t>(span(point.target.sentence).begin);
  if (point.text_offset > begin) return text_of(plain.text, begin, point.text_offset);
  const int before = std::max(point.target.sentence - 1, 0);
  return text_of(plain.text, static_cast<std::size_t>(span(before).begin), std::min<std::size_t>(point.text_offset, span(before).end));
}

}  // namespace

PointContext retrieved_context(std::span<const DocRedDocument> documents, std::vector<RetrievableSentence> sentences, SentenceScores scores,
                               const RetrievalOptions& options) {
  return [documents, sentences = std::move(sentences), scores = std::move(scores), options](const DocRedDocument& document,
                                                                                            const ReadPoint& point) {
    const auto allowed = [&](std::size_t i) {
      const bool own = &documents[sentences[i].document] == &document;
      if (!own) return !options.own_document;
      return options.same_sentence || sentences[i].number != static_cast<std::size_t>(point.target.sentence);
    };
    std::vector<std::string> texts;
    for (const std::size_t i : best_sentences(scores(before_point(document, point)), options.top, allowed)) {
      texts.push_back(sentences[i].text);
    }
    return texts;
  };
}

PointContext evidence_context(const RetrievalOptions& options) {
  return [options](const DocRedDocument& document, const ReadPoint& point) {
    std::set<int> numbers;
    for (const DocRedLabel& label : document.labels) {
      const bool asked = std::any_of(point.queries.begin(), point.queries.end(),
                                     [&](const Query& query) { return answers(document, label, query, point.entity); });
      if (asked) numbers.insert(label.evidence.begin(), label.evidence.end());
    }
    if (!options.same_sentence) numbers.erase(point.target.sentence);
    const Document plain = document.to_document();
    std::vector<std::string> texts;
    for (const int number : numbers) {
      const Span& span = plain.sentences.at(static_cast<std::size_t>(number));
      if (span.begin < span.end && texts.size() < options.top) {
        texts.push_back(text_of(plain.text, static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end)));
      }
    }
    std::ranges::reverse(texts);
    return texts;
  };
}

}  // namespace memllm
