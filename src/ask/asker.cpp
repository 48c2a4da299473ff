#include "ask/asker.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/name.h"
#include "base/text.h"
#include "language/mention.h"
#include "memllm/error.h"
#include "read/read_call.h"

namespace memllm {
namespace {

// kMaxLag was chosen on questions about the dev documents in wordings of the table that were held out; the other two, chosen for the
// nearest wording alone, were lowered by about as much as likeness became smaller (docs/decisions/006-questions-by-wordings.md).
constexpr double kMinSimilarity = 0.45;  // of a path that is taken
constexpr double kMaxLag = 0.09;         // how much more like the question a relation may be that the memory does not have
constexpr double kUnderstood = 0.55;     // where a wording is as like as this, the question's relation is known

bool mentions_name(const std::string& text, const std::string& name) { return mentions(normalised(text), normalised(name)); }

bool mentions_any(const std::string& text, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return mentions_name(text, name); });
}

std::string text_of(const std::string& text, const Span& span) {
  return text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
}

std::string join(const std::vector<std::string>& names, bool cut) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return cut ? text + ", \u2026" : text;
}

Query about(Query query, const std::string& entity) {
  (query.subject ? query.subject : query.object) = entity;
  return query;
}

}  // namespace

Asker::Asker(Parts parts) : parts_(std::move(parts)) {}

std::string Asker::first_sentence(const std::string& text) const {
  const std::vector<Span> sentences = parts_.language.sentences.split(text);
  return sentences.empty() ? "" : text_of(text, sentences[0]);
}

// Where a sentence ends is sure only when two words of the next one are there.
bool Asker::first_sentence_is_over(const std::string& text) const {
  const std::vector<Span> sentences = parts_.language.sentences.split(text);
  return sentences.size() > 1 && text_of(text, sentences[1]).find(' ') != std::string::npos;
}

Answer Asker::ask(const std::string& question, const ReadOptions& options, std::stop_token stop) {
  check_read_options(options);
  const std::string asked = clean_name(repair_utf8(question));
  if (asked.empty()) throw Error(ErrorKind::kInvalidArgument, "the question is blank");
  (void)parts_.reader.prompt_tokens(parts_.language.prompt(asked));  // throws before its words are looked up
  const std::vector<AskedEntity> entities = entities_in_question(parts_.store.store(), parts_.language.words, asked, parts_.embed,
                                                                 parts_.query.thresholds.entity, parts_.query.as_of);
  std::optional<CallTrace> trace;
  std::optional<Evidence> evidence;
  bool understood = false;
  if (parts_.wordings != nullptr && !stop.stop_requested()) {
    const AskedPaths paths = asked_paths(parts_.store, parts_.language, asked, entities, *parts_.wordings, parts_.query, stop);
    understood = paths.most_similar >= kUnderstood;
    evidence = evidence_by_path(asked, paths, options);
  }
  if (!evidence && !understood && !stop.stop_requested()) evidence = evidence_by_model(asked, entities, options, trace, stop);
  if (!evidence) evidence = evidence_by_relation(asked, entities, options);
  if (evidence) return from_memory(asked, std::move(*evidence), options, std::move(stop));
  return from_model(asked, std::move(trace), options, std::move(stop));
}

std::optional<Asker::Evidence> Asker::evidence_by_model(const std::string& question, const std::vector<AskedEntity>& entities,
                                                        const ReadOptions& options, std::optional<CallTrace>& trace,
                                                        const std::stop_token& stop) {
  if (parts_.query_writer == QueryWriter::kNone) return std::nullopt;
  const std::vector<Token> context = parts_.reader.prompt_tokens(parts_.language.prompt(question));
  if (!parts_.reader.has_room_for_call(context.size())) return std::nullopt;
  // Held to what can be answered, the model would always find something to ask.
  ReadOptions open = options;
  open.answerable_only = false;
  CallTrace asked = parts_.reader.call(context, open, stop);
  if (stop.stop_requested()) return std::nullopt;
  trace = std::move(asked);
  if (trace->dropped_because == DropReason::kMalformed || trace->dropped_because == DropReason::kImprobable) return std::nullopt;
  Evidence evidence;
  for (const Query& query : trace->queries) {
    const std::string name = query.subject ? *query.subject : *query.object;
    // A query about something that the question does not name would answer another question.
    if (mentions_name(question, name) && gather(query, question, options, evidence)) continue;
    for (const AskedEntity& entity : entities) {
      if (gather(about(query, entity.name), question, options, evidence)) break;
    }
  }
  if (evidence.queries.empty()) {
    // What came back was of no use for the question, so that the model is not shown it.
    trace->returned.clear();
    if (!trace->dropped_because) trace->dropped_because = DropReason::kUnfitForAnswer;
    return std::nullopt;
  }
  evidence.query_log_probability = trace->query_log_probability;
  return evidence;
}

std::optional<Asker::Evidence> Asker::evidence_by_relation(const std::string& question, const std::vector<AskedEntity>& entities,
                                                           const ReadOptions& options) const {
  Evidence evidence;
  for (const AskedEntity& entity : entities) {
    for (const Query& query : queries_by_relation(parts_.store.store(), parts_.language.words, question, entity.name, parts_.query.as_of)) {
      if (parts_.wordings != nullptr && parts_.language.wordings.find(Name(query.relation)) != nullptr)
        continue;  // evidence_by_path knows better
      if (gather(query, question, options, evidence)) return evidence;
    }
  }
  return std::nullopt;
}

std::optional<Asker::Evidence> Asker::evidence_by_path(const std::string& question, const AskedPaths& asked,
                                                       const ReadOptions& options) const {
  for (const AskedPath& path : asked.paths) {
    if (path.similarity < std::max(kMinSimilarity, asked.most_similar - kMaxLag)) break;
    Evidence evidence;
    if (follow(path, question, options, evidence)) return evidence;
  }
  return std::nullopt;
}

bool Asker::follow(const AskedPath& path, const std::string& question, const ReadOptions& options, Evidence& evidence) const {
  if (path.hops.size() == 1) return gather(path.hops[0].from(path.entity), question, options, evidence);
  const QueryResult middles = parts_.store.query(path.hops[0].from(path.entity), parts_.query);
  for (const QueryMatch& middle : middles.matches) {
    if (!gather(path.hops[1].from(middle.answer), question, options, evidence, path.entity)) continue;
    for (Fact& fact : middle.stored()) evidence.way.push_back(std::move(fact));
  }
  evidence.cut = evidence.cut || middles.outcome == QueryOutcome::kTooBroad;
  return !evidence.queries.empty();
}

bool Asker::gather(const Query& query, const std::string& question, const ReadOptions& options, Evidence& evidence,
                   const std::string& but) const {
  QueryOptions query_options = parts_.query;
  query_options.max_results = options.max_results;
  QueryResult result = parts_.store.query(query, query_options);
  std::erase_if(result.matches, [&](const QueryMatch& match) { return Name(match.answer) == Name(but); });
  if (result.matches.empty()) return false;
  // Who asks for many gets the best of them, and is told that there are more.
  const bool cut = result.outcome == QueryOutcome::kTooBroad;
  result.outcome = QueryOutcome::kFound;
  if (!parts_.language.words.fits_question(question, united_answers(std::span(&result, 1), options.max_results))) return false;
  evidence.cut = evidence.cut || cut;
  evidence.queries.push_back(query);
  evidence.results.push_back(std::move(result));
  return true;
}

Answer Asker::from_memory(const std::string& question, Evidence evidence, const ReadOptions& options, std::stop_token stop) {
  Answer answer;
  answer.origin = Answer::Origin::kMemory;
  std::vector<std::string> answers = united_answers(evidence.results, std::numeric_limits<int>::max());
  const auto most = static_cast<std::size_t>(options.max_results);
  const bool cut = evidence.cut || answers.size() > most;
  answers.resize(std::min(answers.size(), most));
  std::set<FactId> seen;
  const auto cite = [&](std::vector<Fact> facts) {
    for (Fact& fact : facts) {
      if (seen.insert(fact.id).second) answer.facts.push_back(std::move(fact));
    }
  };
  cite(evidence.way);
  for (const QueryResult& result : evidence.results) {
    for (const QueryMatch& match : result.matches) cite(match.stored());
  }
  StopRule rule{parts_.language.prompts.answer_stops, {}};
  rule.enough = [this](const std::string& text) { return first_sentence_is_over(clean_name(text)); };
  answer.completion =
      parts_.reader.complete_with(parts_.language.prompt(question), evidence.queries, evidence.results, options, rule, std::move(stop));
  if (!answer.completion.calls.empty()) answer.completion.calls.front().query_log_probability = evidence.query_log_probability;
  // A later sentence may mention an answer by chance: what is said to come from the memory is then the answers themselves.
  const std::string sentence = first_sentence(clean_name(answer.completion.text));
  const bool said = mentions_any(sentence, answers);
  answer.text = said ? sentence : join(answers, cut);
  if (!said) return answer;
  // The model may have asked more while it wrote the sentence.
  for (std::size_t i = 1; i < answer.completion.calls.size(); ++i) {
    const CallTrace& call = answer.completion.calls[i];
    for (const QueryResult& result : call.results) {
      for (const QueryMatch& match : result.matches) {
        if (!call.returned.empty() && mentions_name(sentence, match.answer)) cite(match.stored());
      }
    }
  }
  return answer;
}

Answer Asker::from_model(const std::string& question, std::optional<CallTrace> trace, const ReadOptions& options, std::stop_token stop) {
  Answer answer;
  answer.completion = parts_.reader.complete(parts_.language.prompt(question), options, Reader::FirstCall::kNever,
                                             {parts_.language.prompts.answer_stops, {}}, std::move(stop));
  answer.text = clean_name(answer.completion.text);
  if (trace) answer.completion.calls.insert(answer.completion.calls.begin(), std::move(*trace));
  return answer;
}

}  // namespace memllm
