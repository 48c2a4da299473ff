#include "eval/writing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "memllm/error.h"
#include "memory/learned_document.h"

namespace memllm {
namespace {

constexpr std::size_t kPromptOverhead = 64;  // BOS, user tags and header

double ratio(std::size_t part, std::size_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

using GoldFact = std::tuple<int, std::string, int>;

std::map<std::string, std::set<int>> entities_by_name(const DocRedDocument& document) {
  std::map<std::string, std::set<int>> entities;
  for (std::size_t entity = 0; entity < document.entities.size(); ++entity) {
    for (const DocRedMention& mention : document.entities[entity]) entities[normalise_name(mention.name)].insert(static_cast<int>(entity));
  }
  return entities;
}

// A written name as what it stands for: an entity's number, or the name itself where no mention has it.
std::string key_of(const std::set<int>* entities, const std::string& normalised) {
  return entities == nullptr ? "n" + normalised : "e" + std::to_string(*entities->begin());
}

// A document being written. Not movable: learned refers to document.
struct Work {
  explicit Work(const Document& source) : document(named(source)), learned(document, {}), calls(learned.sentences()) {}

  static Document named(Document source) {
    if (clean_name(repair_utf8(source.name)).empty()) source.name = "document";
    return source;
  }

  Document document;
  LearnedDocument learned;
  std::vector<WriteResult> calls;  // one a sentence
};

}  // namespace

double WritingResult::precision() const { return ratio(correct, written); }
double WritingResult::recall() const { return ratio(correct, gold); }
double WritingResult::f1() const {
  return gold + written == 0 ? 0 : 2.0 * static_cast<double>(correct) / static_cast<double>(gold + written);
}
double WritingResult::well_formed_share() const { return ratio(well_formed, sentences); }

std::vector<WrittenDocument> write_documents(const WriteFunction& write, const CallFormat& format, std::span<const Document> documents,
                                             const WriteOptions& options, std::size_t context_tokens, std::stop_token stop) {
  if (context_tokens <= options.max_call_tokens + kPromptOverhead) {
    throw Error(ErrorKind::kInvalidArgument, "a context of " + std::to_string(context_tokens) +
                                                 " tokens leaves no room for a sentence beside calls of " +
                                                 std::to_string(options.max_call_tokens) + "; raise the one or lower the other");
  }
  const std::size_t max_focus = context_tokens - options.max_call_tokens - kPromptOverhead;
  std::deque<Work> works;
  std::vector<WriteTask> tasks;
  std::vector<std::pair<std::size_t, std::size_t>> owners;  // document, sentence
  for (const Document& document : documents) {
    Work& work = works.emplace_back(document);
    for (std::size_t sentence = 0; sentence < work.learned.sentences(); ++sentence) {
      if (normalise_name(work.learned.sentence(sentence)).empty()) continue;
      tasks.push_back(work.learned.task(sentence, format, options, max_focus));
      owners.emplace_back(works.size() - 1, sentence);
    }
  }
  std::vector<WrittenDocument> results(works.size());
  const WriteSink sink = [&](std::size_t task, WriteResult call) {
    const auto [document, sentence] = owners[task];
    ++results[document].sentences;
    if (call.well_formed) ++results[document].well_formed;
    works[document].calls[sentence] = std::move(call);
  };
  write(tasks, options, sink, stop);
  for (std::size_t i = 0; i < works.size(); ++i) {
    auto facts = works[i].learned.facts(works[i].calls, options);
    results[i].malformed_items = facts.malformed;
    for (LearnedFact& fact : facts.facts) {
      if (fact.source.mean_log_probability.value_or(0) >= options.min_mean_log_probability) results[i].facts.push_back(std::move(fact));
    }
  }
  return results;
}

void count_written(const DocRedDocument& document, std::span<const Triple> written, WritingResult& result) {
  const auto entities = entities_by_name(document);
  std::set<GoldFact> gold;
  for (const DocRedLabel& label : document.labels) gold.insert({label.head, label.relation, label.tail});
  std::set<GoldFact> found;
  std::set<std::tuple<std::string, std::string, std::string>> wrong;
  for (const Triple& triple : written) {
    const std::string subject = normalise_name(triple.subject), object = normalise_name(triple.object);
    const auto heads = entities.find(subject), tails = entities.find(object);
    bool hit = false;
    if (heads != entities.end() && tails != entities.end()) {
      for (const int head : heads->second) {
        for (const int tail : tails->second) {
          const GoldFact fact{head, triple.relation, tail};
          if (hit || !gold.contains(fact)) continue;
          found.insert(fact);
          hit = true;
        }
      }
    }
    if (hit) continue;
    wrong.insert({key_of(heads == entities.end() ? nullptr : &heads->second, subject), triple.relation,
                  key_of(tails == entities.end() ? nullptr : &tails->second, object)});
  }
  result.gold += gold.size();
  result.correct += found.size();
  result.written += found.size() + wrong.size();
}

WritingResult evaluate_writing(const WriteFunction& write, const CallFormat& format, std::span<const DocRedDocument> documents,
                               const WritingOptions& options) {
  WritingResult result;
  const std::size_t batch = std::max<std::size_t>(options.batch_documents, 1);
  while (result.documents < documents.size()) {
    if (options.stop.stop_requested()) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
    const auto group = documents.subspan(result.documents, std::min(batch, documents.size() - result.documents));
    if (options.progress) options.progress({result.documents, documents.size(), result.written, group[0].title});
    std::vector<Document> texts;
    for (const DocRedDocument& document : group) texts.push_back(document.to_document());
    const auto written = write_documents(write, format, texts, options.write, options.context_tokens, options.stop);
    for (std::size_t i = 0; i < group.size(); ++i) {
      std::vector<Triple> triples;
      for (const LearnedFact& fact : written[i].facts) triples.push_back(fact.triple);
      count_written(group[i], triples, result);
      result.sentences += written[i].sentences;
      result.well_formed += written[i].well_formed;
      result.malformed_items += written[i].malformed_items;
      ++result.documents;
    }
  }
  if (options.progress) options.progress({result.documents, documents.size(), result.written, {}});
  return result;
}

}  // namespace memllm
