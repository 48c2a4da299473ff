#include "eval/editing.h"

#include <algorithm>
#include <utility>

#include "base/cancellation.h"
#include "base/name.h"
#include "eval/writing.h"
#include "memllm/error.h"

namespace memllm {
namespace {

double share(std::size_t part, std::size_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

bool contains(const std::string& text, const std::string& wanted) {
  const std::string key = normalised(wanted);
  return !key.empty() && normalised(text).find(key) != std::string::npos;
}

Document edit_document(const ZsreEdit& edit, std::size_t number) {
  Document document;
  document.name = "edit " + std::to_string(number);
  document.text = clean_name(edit.prompt + " It is or they are " + edit.target_new);
  document.sentences = {{0, static_cast<std::int64_t>(document.text.size())}};
  return document;
}

std::vector<std::vector<Statement>> written_statements(const EditingParts& parts, std::span<const ZsreEdit> edits,
                                                       const EditingOptions& options) {
  std::vector<Document> documents;
  documents.reserve(edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) documents.push_back(edit_document(edits[i], i));
  const auto written = write_documents(parts.writing, documents, options.write, options.context_tokens, options.stop);
  std::vector<std::vector<Statement>> statements(edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) {
    for (const LearnedFact& fact : written[i].facts) {
      Statement statement;
      statement.triple = fact.triple;
      statement.source = fact.source;
      statements[i].push_back(std::move(statement));
    }
  }
  return statements;
}

std::vector<std::vector<Statement>> gold_statements(std::span<const ZsreEdit> edits) {
  std::vector<std::vector<Statement>> statements;
  for (const ZsreEdit& edit : edits) {
    Statement statement;
    statement.triple = {edit.subject, edit.relation, edit.target_new};
    statements.push_back({std::move(statement)});
  }
  return statements;
}

void check_relations(std::span<const ZsreEdit> edits) {
  const auto missing = std::ranges::find_if(edits, [](const ZsreEdit& edit) { return clean_name(edit.relation).empty(); });
  if (missing == edits.end()) return;
  throw Error(ErrorKind::kInvalidArgument, "the edit \"" + missing->prompt + "\" has no \"relation\": gold facts need one in every edit");
}

void store_edits(const EditingParts& parts, std::span<const ZsreEdit> edits, const EditingOptions& options, EditingResult& result) {
  const auto statements = options.source == EditSource::kGold ? gold_statements(edits) : written_statements(parts, edits, options);
  std::vector<std::vector<FactId>> with_target(edits.size());
  for (std::size_t i = 0; i < edits.size(); ++i) {
    EditOutcome& outcome = result.edits[i];
    for (const Statement& statement : statements[i]) {
      const FactId id = parts.memory->replace(statement);
      outcome.written.push_back(statement.triple);
      const std::string& target = edits[i].target_new;
      if (contains(statement.triple.subject, target) || contains(statement.triple.object, target)) with_target[i].push_back(id);
    }
  }
  // A later edit may have stated it anew: that is a fact of its own.
  const auto is_believed = [&](FactId id) {
    const auto fact = parts.memory->get(id);
    if (!fact) return false;
    FactFilter equal;
    equal.subject = fact->subject;
    equal.relation = fact->relation;
    equal.object = fact->object;
    return !parts.memory->list(equal).empty();
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    result.edits[i].target_written = !with_target[i].empty();
    result.edits[i].superseded = !with_target[i].empty() && std::ranges::none_of(with_target[i], is_believed);
  }
}

void judge(const ZsreEdit& edit, EditOutcome& outcome, EditingResult& result) {
  outcome.reliable = contains(outcome.reliability.text, edit.target_new);
  outcome.general = contains(outcome.generality.text, edit.target_new);
  outcome.local = clean_name(outcome.locality_before) == clean_name(outcome.locality_after);
  outcome.as_base = clean_name(outcome.locality_base) == clean_name(outcome.locality_after);
  result.reliable += outcome.reliable ? 1 : 0;
  result.general += outcome.general ? 1 : 0;
  result.local += outcome.local ? 1 : 0;
  result.as_base += outcome.as_base ? 1 : 0;
  if (outcome.reliable) return;
  const auto& returned = outcome.reliability.returned;
  const bool retrieved =
      std::any_of(returned.begin(), returned.end(), [&](const std::string& name) { return contains(name, edit.target_new); });
  if (retrieved) {
    ++result.not_used;
  } else if (outcome.superseded) {
    ++result.superseded;
  } else if (outcome.target_written) {
    ++result.not_retrieved;
  } else {
    ++result.not_written;
  }
}

RunLog::Json line_of(const std::string& question, Answerer answerer, const AskedAnswer& answer) {
  return {{"question", question}, {"answerer", static_cast<int>(answerer)}, {"text", answer.text}, {"returned", answer.returned}};
}

AskedAnswer answer_of(const RunLog::Json& line, const std::string& question, Answerer answerer) {
  try {
    if (line.at("question") == question && line.at("answerer") == static_cast<int>(answerer)) {
      return {line.at("text").get<std::string>(), line.at("returned").get<std::vector<std::string>>()};
    }
  } catch (const RunLog::Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, std::string("the log has no answer of an edit: ") + error.what());
  }
  throw Error(ErrorKind::kInvalidArgument, "the log has another question in the place of \"" + question + "\"; name another file");
}

}  // namespace

AskFunction logged_ask(AskFunction ask, RunLog& log) {
  return [ask = std::move(ask), &log, number = std::size_t{0}](const std::string& question, Answerer answerer) mutable {
    const std::size_t item = number++;
    if (const auto known = log.known().find(item); known != log.known().end()) return answer_of(known->second, question, answerer);
    AskedAnswer answer = ask(question, answerer);
    log.add(item, line_of(question, answerer, answer));
    return answer;
  };
}

double EditingResult::reliability() const { return share(reliable, edits.size()); }
double EditingResult::generality() const { return share(general, edits.size()); }
double EditingResult::locality() const { return share(local, edits.size()); }
double EditingResult::locality_to_base() const { return share(as_base, edits.size()); }
double EditingResult::average() const { return (reliability() + generality() + locality()) / 3; }

EditingResult evaluate_editing(const EditingParts& parts, std::span<const ZsreEdit> edits, const EditingOptions& options) {
  if (parts.memory->stats().facts > 0) {
    throw Error(ErrorKind::kConflict,
                "the memory already holds facts; give an empty one, or the edits cannot be told from what it knew before");
  }
  if (options.source == EditSource::kGold) check_relations(edits);
  EditingResult result;
  result.edits.resize(edits.size());
  std::size_t done = 0;
  const auto step = [&](std::string_view what) {
    throw_if_stopped(options.stop, "the evaluation was cancelled");
    if (options.progress) options.progress({done, edits.size() * 2, 0, what});
    ++done;
  };
  for (std::size_t i = 0; i < edits.size(); ++i) {
    step(edits[i].subject);
    result.edits[i].locality_base = parts.ask(edits[i].locality_prompt, Answerer::kBaseModel).text;
    result.edits[i].locality_before = parts.ask(edits[i].locality_prompt, Answerer::kNoFacts).text;
  }
  store_edits(parts, edits, options, result);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    step(edits[i].subject);
    EditOutcome& outcome = result.edits[i];
    outcome.reliability = parts.ask(edits[i].prompt, Answerer::kMemory);
    outcome.generality = parts.ask(edits[i].rephrase_prompt, Answerer::kMemory);
    outcome.locality_after = parts.ask(edits[i].locality_prompt, Answerer::kMemory).text;
    judge(edits[i], outcome, result);
  }
  return result;
}

}  // namespace memllm
