#include "ask/asker.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/name.h"
#include "base/text.h"
#include "language/assertion.h"
#include "language/mention.h"
#include "memllm/error.h"
#include "read/read_call.h"

namespace memllm {
namespace {

// kMaxLag was chosen on questions about the dev documents in wordings of the table that were held out; the other two, chosen for the
// nearest wording alone, were lowered by about as much as likeness became smaller (docs/decisions/006-questions-by-wordings.md).
constexpr double kMinSimilarity = 0.45;  // of a path that is taken
constexpr double kMaxLag = 0.09;         // how much more like the question a relation may be that the memory does not have
constexpr double kMinYesNo = 0.6;        // of a path that says yes or no: a wrong yes harms more than none
constexpr double kUnderstood = 0.55;     // where a wording is as like as this, the question's relation is known

bool mentions_name(const std::string& text, const std::string& name) { return mentions(normalised(text), normalised(name)); }

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

Asker::Asker(Parts parts) : parts_(std::move(parts)), exact_(parts_.query) { exact_.thresholds.entity = 1; }

Asker::Asked Asker::asked_of(const std::string& question, std::vector<AskedEntity> entities) const {
  Asked asked{question, form_of(question, parts_.language.words), std::move(entities), {}};
  asked.question = asked.form.text;
  asked.exceptions = taken_out_as_exceptions(asked.entities, question, parts_.language.words);
  return asked;
}

Answer Asker::ask(const std::string& question, const ReadOptions& options, std::stop_token stop) {
  check_read_options(options);
  const std::string text = clean_name(repair_utf8(question));
  if (text.empty()) throw Error(ErrorKind::kInvalidArgument, "the question is blank");
  (void)parts_.reader.prompt_tokens(parts_.language.prompt(text));  // throws before its words are looked up
  const Store& store = parts_.store.store();
  const Asked asked = asked_of(text, entities_in_question(store, parts_.language.words, text));
  std::optional<CallTrace> trace;
  std::optional<Answer> learned;  // what facts answer that a model read
  const auto with_trace = [&](Answer answer) {
    if (trace && answer.completion.calls.empty()) {
      answer.completion.calls.push_back(std::move(*trace));
    } else if (trace) {
      answer.completion.calls[0].call = trace->call;
    }
    return answer;
  };
  const auto by_facts = [&](const Asked& one) -> std::optional<Answer> {
    if (one.form.kind == QuestionForm::Kind::kYesNo) return yes_or_no(one, options, stop);
    const std::optional<Evidence> evidence = evidence_of(one, options, trace, stop);
    return evidence && is_stated(*evidence, one.question) ? answer_of(*evidence, one, options) : std::nullopt;
  };
  if (std::optional<Answer> answer = by_facts(asked)) {
    if (parts_.sentences == nullptr || is_by_hand(answer->facts)) return with_trace(std::move(*answer));
    learned = std::move(answer);
  }
  Answer none;
  if (parts_.sentences != nullptr) {
    none = parts_.sentences->ask(text, options, stop);
    if (none.origin == Answer::Origin::kMemory) return none;
  }
  if (learned) return with_trace(std::move(*learned));
  if (asked.entities.empty() && !stop.stop_requested()) {
    std::vector<AskedEntity> near =
        near_entities(store, parts_.language.words, text, parts_.embed, parts_.query.thresholds.entity, parts_.query.as_of);
    if (!near.empty()) {
      std::vector<Answer::TakenName> taken;
      for (const AskedEntity& entity : near) taken.push_back({entity.mention, entity.name});
      if (std::optional<Answer> answer = by_facts(asked_of(text, std::move(near)))) {
        answer->taken_names = std::move(taken);
        return with_trace(std::move(*answer));
      }
    }
  }
  if (options.guess) {
    Answer guess = from_model(text, std::move(trace), options, std::move(stop));
    guess.sentences = std::move(none.sentences);
    return guess;
  }
  none.facts = facts_between(asked.entities, options);
  return with_trace(std::move(none));
}

std::optional<Asker::Evidence> Asker::evidence_of(const Asked& asked, const ReadOptions& options, std::optional<CallTrace>& trace,
                                                  const std::stop_token& stop) {
  std::optional<Evidence> evidence;
  bool understood = false;
  if (parts_.wordings != nullptr && !stop.stop_requested()) {
    const AskedPaths paths = asked_paths(parts_.store, parts_.language, asked.question, asked.entities, *parts_.wordings, exact_, stop);
    understood = paths.most_similar >= kUnderstood;
    evidence = evidence_by_path(asked, paths, options);
  }
  if (!evidence && !understood && !stop.stop_requested()) evidence = evidence_by_model(asked, options, trace, stop);
  if (!evidence) evidence = evidence_by_relation(asked, options);
  return evidence;
}

// "Is X the owner of Y?": whether X is what answers "Who is the owner of Y?", or Y what answers "Who is X the owner of?".
std::optional<Answer> Asker::yes_or_no(const Asked& asked, const ReadOptions& options, const std::stop_token& stop) {
  if (parts_.wordings == nullptr || asked.form.possibility) return std::nullopt;
  std::vector<AskedEntity> candidates = asked.entities;
  for (const std::string& run : capitalised_runs(split_words(asked.question), parts_.language.words)) {
    const std::string name = parts_.language.words.without_possessive(trim_punctuation(run));
    const bool known =
        std::ranges::any_of(asked.entities, [&](const AskedEntity& entity) { return entity.mention.find(name) != std::string::npos; });
    if (!known && !parts_.language.words.is(WordKind::kAsksYesNo, normalised(name))) candidates.push_back({name, name});
  }
  std::optional<Evidence> best;
  std::string candidate;
  for (const AskedEntity& one : candidates) {
    Asked open = asked;
    std::erase_if(open.entities, [&](const AskedEntity& entity) { return entity.mention == one.mention; });
    if (open.entities.empty()) continue;
    for (const std::string& question : opened_questions(asked.question, one.mention, parts_.language.words)) {
      open.question = question;
      const AskedPaths paths = asked_paths(parts_.store, parts_.language, question, open.entities, *parts_.wordings, exact_, stop);
      std::optional<Evidence> evidence = evidence_by_path(open, paths, options);
      if (evidence && evidence->similarity >= kMinYesNo && is_stated(*evidence, asked.question) &&
          (!best || evidence->similarity > best->similarity)) {
        best = std::move(evidence);
        candidate = one.name;
      }
    }
  }
  if (!best) return std::nullopt;
  const auto is_candidate = [&](const std::string& name) { return without_accents(name) == without_accents(candidate); };
  Answer answer = from_facts(*best, options);
  const std::vector<std::string> answers = united_answers(best->results, std::numeric_limits<int>::max());
  const PromptTexts& prompts = parts_.language.prompts;
  bool yes = std::ranges::any_of(answers, is_candidate);
  const bool negated = is_negated(best->queries.front().relation, parts_.language.words);
  if (!yes) {
    // Another value says no only where there can be but one, and where people stated it.
    const RelationKind* kind = parts_.language.relations.find(Name(best->queries.front().relation));
    const bool one_value = kind != nullptr && kind->values != ValueCount::kMany && best->queries.front().subject;
    if (negated || !one_value || !is_by_hand(answer.facts)) return std::nullopt;
    const std::string others = answer.text;
    answer.text = prompts.no_but;
    answer.text.replace(answer.text.find("{answers}"), std::string_view("{answers}").size(), others);
    return answer;
  }
  yes = negated == asked.form.negated;
  std::erase_if(answer.facts, [&](const Fact& fact) { return !is_candidate(fact.subject) && !is_candidate(fact.object); });
  answer.text = yes ? prompts.yes : prompts.no;
  return answer;
}

std::optional<Answer> Asker::answer_of(const Evidence& evidence, const Asked& asked, const ReadOptions& options) const {
  Answer answer = from_facts(evidence, options);
  if (asked.form.kind != QuestionForm::Kind::kCount) return answer;
  const std::vector<std::string> answers = united_answers(evidence.results, std::numeric_limits<int>::max());
  const bool number = std::ranges::all_of(answers, [&](const std::string& name) { return parts_.language.words.is_number_or_date(name); });
  if (number) return answer;
  if (evidence.cut) return std::nullopt;
  std::string text = parts_.language.prompts.count;
  text.replace(text.find("{number}"), std::string_view("{number}").size(), std::to_string(answers.size()));
  answer.text = text.replace(text.find("{answers}"), std::string_view("{answers}").size(), answer.text);
  return answer;
}

std::vector<Fact> Asker::facts_between(const std::vector<AskedEntity>& entities, const ReadOptions& options) const {
  std::vector<Fact> facts;
  for (const AskedEntity& subject : entities) {
    for (const AskedEntity& object : entities) {
      if (Name(subject.name) == Name(object.name)) continue;
      FactFilter filter;
      filter.subject = subject.name;
      filter.object = object.name;
      filter.as_of = options.as_of;
      for (Fact& fact : parts_.store.store().list(filter)) facts.push_back(std::move(fact));
    }
  }
  return facts;
}

std::optional<Asker::Evidence> Asker::evidence_by_model(const Asked& asked, const ReadOptions& options, std::optional<CallTrace>& trace,
                                                        const std::stop_token& stop) {
  if (parts_.query_writer == QueryWriter::kNone) return std::nullopt;
  const std::vector<Token> context = parts_.reader.prompt_tokens(parts_.language.prompt(asked.question));
  if (!parts_.reader.has_room_for_call(context.size())) return std::nullopt;
  // Held to what can be answered, the model would always find something to ask.
  ReadOptions open = options;
  open.answerable_only = false;
  CallTrace called = parts_.reader.call(context, open, stop);
  if (stop.stop_requested()) return std::nullopt;
  trace = std::move(called);
  if (trace->dropped_because == DropReason::kMalformed || trace->dropped_because == DropReason::kImprobable) return std::nullopt;
  Evidence evidence;
  const auto gathered = [&](const Query& query) {
    const Hop hop{query.relation, query.subject.has_value()};
    return relations_may_answer(asked.form, asked.question, asked.entities, std::span(&hop, 1), parts_.language) &&
           gather(query, asked, options, evidence);
  };
  for (const Query& query : trace->queries) {
    const std::string name = query.subject ? *query.subject : *query.object;
    // A query about something that the question does not name would answer another question.
    if (mentions_name(asked.question, name) && gathered(query)) continue;
    for (const AskedEntity& entity : asked.entities) {
      if (gathered(about(query, entity.name))) break;
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

std::optional<Asker::Evidence> Asker::evidence_by_relation(const Asked& asked, const ReadOptions& options) const {
  Evidence evidence;
  for (const AskedEntity& entity : asked.entities) {
    for (const Query& query :
         queries_by_relation(parts_.store.store(), parts_.language.words, asked.question, entity.name, parts_.query.as_of)) {
      if (parts_.wordings != nullptr && parts_.language.wordings.find(Name(query.relation)) != nullptr)
        continue;  // evidence_by_path knows better
      const Hop hop{query.relation, query.subject.has_value()};
      if (!relations_may_answer(asked.form, asked.question, asked.entities, std::span(&hop, 1), parts_.language)) continue;
      if (gather(query, asked, options, evidence)) return evidence;
    }
  }
  return std::nullopt;
}

std::optional<Asker::Evidence> Asker::evidence_by_path(const Asked& asked, const AskedPaths& paths, const ReadOptions& options) const {
  for (const AskedPath& path : paths.paths) {
    if (path.similarity < std::max(kMinSimilarity, paths.most_similar - kMaxLag)) break;
    if (!relations_may_answer(asked.form, asked.question, asked.entities, path.hops, parts_.language)) continue;
    Evidence evidence;
    evidence.similarity = path.similarity;
    if (follow(path, asked, options, evidence)) return evidence;
  }
  return std::nullopt;
}

bool Asker::follow(const AskedPath& path, const Asked& asked, const ReadOptions& options, Evidence& evidence) const {
  if (path.hops.size() == 1) return gather(path.hops[0].from(path.entity), asked, options, evidence);
  QueryResult middles = parts_.store.query(path.hops[0].from(path.entity), exact_);
  keep_asked_time(middles.matches, asked.form, parts_.today);
  for (const QueryMatch& middle : middles.matches) {
    if (!gather(path.hops[1].from(middle.answer), asked, options, evidence, path.entity)) continue;
    for (Fact& fact : middle.stored()) evidence.way.push_back(std::move(fact));
  }
  evidence.cut = evidence.cut || middles.outcome == QueryOutcome::kTooBroad;
  return !evidence.queries.empty();
}

bool Asker::gather(const Query& query, const Asked& asked, const ReadOptions& options, Evidence& evidence, const std::string& but) const {
  QueryOptions query_options = exact_;
  query_options.max_results = options.max_results;
  QueryResult result = parts_.store.query(query, query_options);
  std::erase_if(result.matches, [&](const QueryMatch& match) {
    return Name(match.answer) == Name(but) ||
           std::ranges::any_of(asked.exceptions, [&](const AskedEntity& one) { return Name(one.name) == Name(match.answer); });
  });
  keep_asked_time(result.matches, asked.form, parts_.today);
  if (result.matches.empty()) return false;
  // Who asks for many gets the best of them, and is told that there are more.
  const bool cut = result.outcome == QueryOutcome::kTooBroad;
  result.outcome = QueryOutcome::kFound;
  if (!parts_.language.words.fits_question(asked.question, united_answers(std::span(&result, 1), options.max_results))) return false;
  evidence.cut = evidence.cut || cut;
  evidence.queries.push_back(query);
  evidence.results.push_back(std::move(result));
  return true;
}

bool Asker::is_by_hand(const std::vector<Fact>& facts) {
  return std::ranges::all_of(facts, [](const Fact& fact) {
    return std::ranges::any_of(fact.sources, [](const Source& source) { return source.document.empty(); });
  });
}

bool Asker::is_stated(const Evidence& evidence, const std::string& question) const {
  const Words& words = parts_.language.words;
  const auto by_hand = [](const Source& source) { return source.document.empty() || source.text.empty(); };
  const auto stated = [&](const Fact& fact) {
    return std::ranges::any_of(fact.sources, [&](const Source& source) {
      if (by_hand(source)) return true;
      // "(688 – 741)" says when somebody died without a word of it.
      const bool speaks =
          words.is_number_or_date(fact.object) || parts_.language.roles.stand_in(normalised(question), normalised(source.text));
      return speaks && asserts_of(source.text, fact.subject, words) && asserts_of(source.text, fact.object, words);
    });
  };
  // What a model read is not sure enough to be the way to something else.
  const bool sure_way = std::ranges::all_of(evidence.way, [&](const Fact& fact) { return std::ranges::any_of(fact.sources, by_hand); });
  if (parts_.sentences != nullptr && !sure_way) return false;
  if (!std::ranges::all_of(evidence.way, stated)) return false;
  return std::ranges::all_of(evidence.results, [&](const QueryResult& result) {
    return std::ranges::all_of(result.matches, [&](const QueryMatch& match) { return std::ranges::all_of(match.stored(), stated); });
  });
}

// The names themselves.
Answer Asker::from_facts(const Evidence& evidence, const ReadOptions& options) {
  Answer answer;
  answer.origin = Answer::Origin::kMemory;
  std::vector<std::string> answers = united_answers(evidence.results, std::numeric_limits<int>::max());
  const auto most = static_cast<std::size_t>(options.max_results);
  const bool cut = evidence.cut || answers.size() > most;
  answers.resize(std::min(answers.size(), most));
  answer.text = join(answers, cut);
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
  CallTrace looked_up;
  looked_up.queries = evidence.queries;
  looked_up.results = evidence.results;
  looked_up.returned = std::move(answers);
  looked_up.query_log_probability = evidence.query_log_probability;
  answer.completion.calls.push_back(std::move(looked_up));
  return answer;
}

Answer Asker::from_model(const std::string& question, std::optional<CallTrace> trace, const ReadOptions& options, std::stop_token stop) {
  Answer answer;
  answer.origin = Answer::Origin::kModel;
  answer.completion = parts_.reader.complete(parts_.language.prompt(question), options, Reader::FirstCall::kNever,
                                             {parts_.language.prompts.answer_stops, {}}, std::move(stop));
  answer.text = clean_name(answer.completion.text);
  if (trace) answer.completion.calls.insert(answer.completion.calls.begin(), std::move(*trace));
  return answer;
}

}  // namespace memllm
