#include "eval/writing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/cancellation.h"
#include "base/name.h"
#include "base/text.h"
#include "infer/inference.h"
#include "memllm/error.h"
#include "write/check_write_options.h"
#include "write/learned_document.h"

namespace memllm {
namespace {

double ratio(std::size_t part, std::size_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

// Of precision and recall.
double harmonic_mean(std::size_t correct, std::size_t written, std::size_t gold) { return ratio(2 * correct, written + gold); }

using GoldFact = std::tuple<int, std::string, int>;

std::map<Name, std::set<int>> entities_by_name(const DocRedDocument& document) {
  std::map<Name, std::set<int>> entities;
  for (std::size_t entity = 0; entity < document.entities.size(); ++entity) {
    for (const DocRedMention& mention : document.entities[entity]) entities[Name(mention.name)].insert(static_cast<int>(entity));
  }
  return entities;
}

// A written name as what it stands for: an entity's number, or the name itself where no mention has it.
std::string key_of(const std::set<int>* entities, const Name& name) {
  return entities == nullptr ? "n" + name.key : "e" + std::to_string(*entities->begin());
}

// A document being written. Not movable: learned refers to document.
struct Work {
  Work(const Document& source, const Language& language)
      : document(named(source)), learned(document, language, {}), calls(learned.sentences()) {}

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
double WritingResult::f1() const { return harmonic_mean(correct, written, gold); }
double WritingResult::inferred_precision() const { return ratio(correct_and_inferred, written_and_inferred); }
double WritingResult::inferred_recall() const { return ratio(correct_and_inferred, gold); }
double WritingResult::inferred_f1() const { return harmonic_mean(correct_and_inferred, written_and_inferred, gold); }
double WritingResult::well_formed_share() const { return ratio(well_formed, sentences); }

std::vector<WrittenDocument> write_documents(const WritingParts& parts, std::span<const Document> documents, const WriteOptions& options,
                                             std::size_t context_tokens, std::stop_token stop) {
  const std::size_t max_focus = max_focus_tokens(options, context_tokens);
  std::deque<Work> works;
  std::vector<WriteTask> tasks;
  std::vector<std::pair<std::size_t, std::size_t>> owners;  // document, sentence
  for (const Document& document : documents) {
    Work& work = works.emplace_back(document, *parts.language);
    for (std::size_t sentence = 0; sentence < work.learned.sentences(); ++sentence) {
      if (normalised(work.learned.sentence(sentence)).empty()) continue;
      tasks.push_back(work.learned.task(sentence, *parts.format, options, max_focus));
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
  parts.write(tasks, options, sink, stop);
  for (std::size_t i = 0; i < works.size(); ++i) {
    auto facts = works[i].learned.facts(works[i].calls, options);
    if (parts.judge) works[i].learned.judge(facts.facts, parts.judge, options, stop);
    results[i].malformed_items = facts.malformed;
    for (LearnedFact& fact : facts.facts) {
      (fact.quarantined ? results[i].quarantined : results[i].facts).push_back(std::move(fact));
    }
  }
  return results;
}

WritingResult& WritingResult::operator+=(const WritingResult& other) {
  documents += other.documents;
  sentences += other.sentences;
  well_formed += other.well_formed;
  malformed_items += other.malformed_items;
  gold += other.gold;
  written += other.written;
  correct += other.correct;
  written_and_inferred += other.written_and_inferred;
  correct_and_inferred += other.correct_and_inferred;
  return *this;
}

WritingJudgement judge_written(const DocRedDocument& document, std::span<const Triple> written) {
  const auto entities = entities_by_name(document);
  std::set<GoldFact> gold;
  for (const DocRedLabel& label : document.labels) gold.insert({label.head, label.relation, label.tail});
  std::set<GoldFact> found;
  std::set<std::tuple<std::string, std::string, std::string>> wrong;
  WritingJudgement judgement;
  for (const Triple& triple : written) {
    const Name subject(triple.subject), object(triple.object);
    const auto heads = entities.find(subject), tails = entities.find(object);
    const auto label_of = [&]() -> std::optional<GoldFact> {
      if (heads == entities.end() || tails == entities.end()) return std::nullopt;
      for (const int head : heads->second) {
        for (const int tail : tails->second) {
          if (GoldFact fact{head, triple.relation, tail}; gold.contains(fact)) return fact;
        }
      }
      return std::nullopt;
    };
    if (const auto label = label_of()) {
      judgement.facts.push_back(found.insert(*label).second ? Verdict::kCorrect : Verdict::kRepeated);
    } else {
      const bool is_new = wrong
                              .insert({key_of(heads == entities.end() ? nullptr : &heads->second, subject), triple.relation,
                                       key_of(tails == entities.end() ? nullptr : &tails->second, object)})
                              .second;
      judgement.facts.push_back(is_new ? Verdict::kWrong : Verdict::kRepeated);
    }
  }
  for (const DocRedLabel& label : document.labels) judgement.found.push_back(found.contains({label.head, label.relation, label.tail}));
  return judgement;
}

namespace {

std::size_t count(const WritingJudgement& judgement, Verdict verdict) {
  return static_cast<std::size_t>(std::count(judgement.facts.begin(), judgement.facts.end(), verdict));
}

DocumentWriting judged(const DocRedDocument& document, WrittenDocument written, const RelationRules& rules) {
  std::vector<Triple> triples;
  triples.reserve(written.facts.size());
  for (const LearnedFact& fact : written.facts) triples.push_back(fact.triple);
  DocumentWriting out;
  out.judgement = judge_written(document, triples);
  std::vector<Triple> with_quarantined = triples;
  for (const LearnedFact& fact : written.quarantined) with_quarantined.push_back(fact.triple);
  const WritingJudgement of_all = judge_written(document, with_quarantined);
  out.quarantined_verdicts.assign(of_all.facts.begin() + static_cast<std::ptrdiff_t>(triples.size()), of_all.facts.end());
  out.facts = std::move(written.facts);
  out.quarantined = std::move(written.quarantined);
  std::set<GoldFact> gold;
  for (const DocRedLabel& label : document.labels) gold.insert({label.head, label.relation, label.tail});
  out.result.documents = 1;
  out.result.sentences = written.sentences;
  out.result.well_formed = written.well_formed;
  out.result.malformed_items = written.malformed_items;
  out.result.gold = gold.size();
  out.result.correct = count(out.judgement, Verdict::kCorrect);
  out.result.written = out.result.correct + count(out.judgement, Verdict::kWrong);
  for (InferredTriple& inferred : infer(triples, rules)) triples.push_back(std::move(inferred.triple));
  const WritingJudgement with_inferred = judge_written(document, triples);
  out.result.correct_and_inferred = count(with_inferred, Verdict::kCorrect);
  out.result.written_and_inferred = out.result.correct_and_inferred + count(with_inferred, Verdict::kWrong);
  return out;
}

}  // namespace

WritingResult evaluate_writing(const WritingParts& parts, std::span<const DocRedDocument> documents, const WritingOptions& options) {
  WritingResult result;
  std::vector<std::size_t> todo;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (const auto known = options.known.find(i); known != options.known.end()) {
      result += known->second;
    } else {
      todo.push_back(i);
    }
  }
  const std::size_t batch = std::max<std::size_t>(options.batch_documents, 1);
  for (std::size_t begin = 0; begin < todo.size(); begin += batch) {
    throw_if_stopped(options.stop, "the evaluation was cancelled");
    const auto group = std::span(todo).subspan(begin, std::min(batch, todo.size() - begin));
    if (options.progress) options.progress({result.documents, documents.size(), result.written, documents[group[0]].title});
    std::vector<Document> texts;
    for (const std::size_t i : group) texts.push_back(documents[i].to_document());
    auto written = write_documents(parts, texts, options.write, options.context_tokens, options.stop);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const DocumentWriting one = judged(documents[group[i]], std::move(written[i]), parts.language->rules);
      if (options.on_document) options.on_document(group[i], one);
      result += one.result;
    }
  }
  if (options.progress) options.progress({result.documents, documents.size(), result.written, {}});
  return result;
}

}  // namespace memllm
