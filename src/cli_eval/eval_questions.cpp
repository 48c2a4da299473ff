#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/scratch_folder.h"
#include "cli_eval/eval_commands.h"
#include "cli_eval/eval_memory.h"
#include "command/exit_code.h"
#include "engine/session_impl.h"
#include "eval/questions.h"
#include "eval/retrieved_answers.h"
#include "llm/llama_model.h"
#include "memllm/error.h"

namespace memllm::cli {
namespace {

constexpr std::array kPhrasings{Choice{"training", Phrasing::kTraining}, Choice{"test", Phrasing::kTest}};
constexpr std::array<const char*, 3> kKinds{"single_hop", "two_hop", "unanswerable"};

struct QuestionsArguments {
  DocumentArguments documents;
  EvalMemory memory;
  Phrasing phrasing = Phrasing::kTest;
  Retrieval retrieval = Retrieval::kNone;
  std::size_t top = 3;
  QuestionsOptions options;
  ReadOptions read;
};

Json counts_json(const QuestionsResult& result) {
  Json json = Json::object();
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    const QuestionCounts& counts = result[kind];
    json[kKinds[kind]] = {{"asked", counts.asked},
                          {"exact", counts.exact},
                          {"contains", counts.contains},
                          {"from_memory", counts.from_memory},
                          {"f1_sum", counts.f1_sum}};
  }
  return json;
}

QuestionsResult counts_of(const Json& json) {
  QuestionsResult result;
  try {
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      const Json& counts = json.at("counts").at(kKinds[kind]);
      const auto number = [&](const char* key) { return counts.at(key).get<std::size_t>(); };
      result[kind] = {number("asked"), number("exact"), number("contains"), number("from_memory"), counts.at("f1_sum").get<double>()};
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, std::string("no result of a document: ") + error.what());
  }
  return result;
}

Json question_json(const AskedQuestion& asked) {
  Json facts = Json::array();
  for (const Triple& triple : asked.question.facts) facts.push_back({triple.subject, triple.relation, triple.object});
  return {{"kind", kKinds[static_cast<std::size_t>(asked.question.kind)]},
          {"question", asked.question.text},
          {"right", asked.question.answers},
          {"facts", std::move(facts)},
          {"answer", asked.answer.text},
          {"from_memory", asked.answer.from_memory},
          {"query_log_probability", asked.answer.query_log_probability},
          {"exact", asked.score.exact},
          {"contains", asked.score.contains},
          {"f1", asked.score.f1}};
}

double share(double part, std::size_t whole) { return whole == 0 ? 0 : part / static_cast<double>(whole); }

Json measures(const QuestionsResult& result) {
  Json json = Json::object();
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    const QuestionCounts& counts = result[kind];
    json[kKinds[kind]] = {{"asked", counts.asked},
                          {"exact", share(static_cast<double>(counts.exact), counts.asked)},
                          {"f1", share(counts.f1_sum, counts.asked)},
                          {"contains", share(static_cast<double>(counts.contains), counts.asked)},
                          {"not_in_memory", share(static_cast<double>(counts.asked - counts.from_memory), counts.asked)}};
  }
  return json;
}

// Without memory.
AnswerFunction baseline(Context& context, const QuestionsArguments& arguments, const EvalModels& models,
                        std::span<const RetrievableSentence> sentences, std::stop_token stop) {
  DecoderOptions base = models.read_decoder();
  base.adapter.clear();
  auto reader = std::make_shared<Reader>(models.model, models.format, base, MemoryView{});
  if (arguments.retrieval == Retrieval::kNone) return guessing_ask(std::move(reader), models.language, std::move(stop));
  if (arguments.retrieval == Retrieval::kEvidence) return evidence_ask(std::move(reader), models.language, arguments.top, std::move(stop));
  return retrieving_ask(std::move(reader), models.language, sentences, sentence_scores(context, arguments.retrieval, sentences),
                        arguments.top, std::move(stop));
}

int evaluate(Context& context, QuestionsArguments arguments) {
  context.refuse_as_of("eval questions");
  if (arguments.retrieval != Retrieval::kNone && arguments.memory.kind != MemoryKind::kOff) {
    throw Error(ErrorKind::kInvalidArgument, "--retrieve is a baseline without memory: give --memory off with it");
  }
  const std::vector<DocRedDocument> documents = read_documents(context, arguments.documents);
  const std::size_t first = arguments.documents.skip;
  Interrupt interrupt;
  const EvalModels models = load_eval_models(context, arguments.memory.writes() ? Needs::kBothAdapters : Needs::kReadAdapter);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "asking", "documents");
  arguments.options.progress = [&bar](const Progress& progress) { bar.show(progress); };
  arguments.options.stop = interrupt.token();
  std::optional<RunLog> log = open_run_log(context, arguments.documents.details, arguments.documents.docs, models.options,
                                           {{"eval", "questions"},
                                            {"memory", arguments.memory.name()},
                                            {"facts", arguments.memory.fingerprint()},
                                            {"memory_documents", {first, documents.size()}},
                                            {"answerable_only", arguments.read.answerable_only},
                                            {"min_queries", arguments.read.min_queries},
                                            {"min_query_probability", arguments.read.min_query_probability},
                                            {"retrieve", name_of(kRetrievals, arguments.retrieval)},
                                            {"top", arguments.top},
                                            {"phrasings", name_of(kPhrasings, arguments.phrasing)},
                                            {"per_document", arguments.options.per_document},
                                            {"seed", arguments.options.seed}});
  if (log) {
    for (const auto& [item, values] : log->known()) {
      if (item >= first) arguments.options.known[item - first] = counts_of(values);
    }
    arguments.options.on_document = [&](std::size_t i, const QuestionsResult& result, std::span<const AskedQuestion> asked) {
      Json questions = Json::array();
      for (const AskedQuestion& one : asked) questions.push_back(question_json(one));
      log->add(first + i, {{"title", documents[i].title}, {"counts", counts_json(result)}, {"questions", std::move(questions)}});
    };
  }
  const ScratchFolder scratch;
  MemoryOptions memory_options = context.memory_options();
  memory_options.folder = scratch.path();
  Memory memory = Memory::open(memory_options);
  if (arguments.memory.kind != MemoryKind::kOff) add_facts(memory, facts_of_all(facts_source(arguments.memory, models), documents));
  Session::Impl session(Memory::Impl::of(memory), models.model, models.options, "");
  const std::vector<RetrievableSentence> sentences = sentences_of(documents);
  AnswerFunction ask = [&](const DocRedDocument&, const Question& question) -> QuestionAnswer {
    ReadOptions read = arguments.read;
    read.guess = true;
    const Answer answer = session.ask(question.text, read, interrupt.token());
    const auto& calls = answer.completion.calls;
    return {answer.text, answer.origin == Answer::Origin::kMemory, calls.empty() ? 0 : calls.front().query_log_probability};
  };
  if (arguments.memory.kind == MemoryKind::kOff) ask = baseline(context, arguments, models, sentences, interrupt.token());
  const QuestionMaker maker(documents, QuestionTemplateTable(models.language->folder), arguments.phrasing);
  const QuestionsResult result = evaluate_questions(ask, maker, documents, arguments.options);
  bar.clear();
  Json json = measures(result);
  json["documents"] = documents.size();
  json["seconds"] = bar.elapsed_s();
  print_measures(context, json);
  return kExitOk;
}

}  // namespace

void add_eval_questions_command(CLI::App& eval, Context& context) {
  CLI::App& command =
      add_command(eval, "questions", "questions of one and two hops about the documents, and such as they do not answer",
                  "  memllm eval questions --docs dev.json --limit 60 --json\n"
                  "  memllm eval questions --docs dev.json --memory written --facts writing.jsonl --details questions.jsonl\n");
  auto arguments = std::make_shared<QuestionsArguments>();
  add_document_options(command, arguments->documents);
  add_memory_options(command, arguments->memory);
  add_choice(command, "--phrasings", arguments->phrasing, kPhrasings, "test, or training: how the questions are worded");
  command.add_option("--per-document", arguments->options.per_document, "at most so many questions of each kind about a document")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--seed", arguments->options.seed, "which questions, and which wordings")->capture_default_str();
  add_choice(command, "--retrieve", arguments->retrieval, kRetrievals,
             "for --memory off: the base model answers with sentences before it that bm25 or vectors find, or that the labels name");
  command.add_option("--top", arguments->top, "with --retrieve: sentences at most")->check(CLI::Range(1, 100))->capture_default_str();
  add_query_options(command, arguments->read);
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
