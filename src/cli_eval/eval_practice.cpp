#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

#include "base/scratch_folder.h"
#include "cli_eval/eval_commands.h"
#include "command/exit_code.h"
#include "eval/practice.h"
#include "memllm/error.h"
#include "memllm/session.h"
#include "terminal/table.h"

namespace memllm::cli {
namespace {

constexpr std::array kHalves{Choice{"choosing", PracticeHalf::kChoosing}, Choice{"reporting", PracticeHalf::kReporting},
                             Choice{"all", PracticeHalf::kAll}};

struct PracticeArguments {
  std::string set, summaries, keep, details, only;
  PracticeHalf half = PracticeHalf::kChoosing;
  bool no_facts = false, no_answers = false;
  ReadOptions read;
};

Json share_json(std::size_t hits, std::size_t of) {
  const Interval interval = wilson_interval(hits, of);
  return {{"share", of == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(of)}, {"low", interval.low}, {"high", interval.high}};
}

Json counts_json(const AnswerCounts& counts) {
  return {{"asked", counts.asked},
          {"right", counts.right},
          {"wrong", counts.wrong},
          {"refused", counts.refused},
          {"right_share", share_json(counts.right, counts.asked)},
          {"wrong_share", share_json(counts.wrong, counts.asked)},
          {"refused_share", share_json(counts.refused, counts.asked)}};
}

Json found_json(const FoundCounts& found) {
  return {{"asked", found.asked},
          {"first", share_json(found.first, found.asked)},
          {"among_three", share_json(found.among_three, found.asked)},
          {"among_five", share_json(found.among_five, found.asked)}};
}

constexpr std::array kVerdicts{"right", "wrong", "refused"};
constexpr std::size_t kFound = 5;  // sentences of a search

void print_tables(const Json& worlds) {
  for (const auto& [name, world] : worlds.items()) {
    std::cout << name << ": " << world.at("documents") << " documents, " << world.at("sentences") << " sentences, " << world.at("facts")
              << " believed facts\n";
    Table table({{"measure"}, {"of", Align::kRight}, {"share", Align::kRight}, {"95 % interval"}});
    const auto add = [&](const std::string& measure, const Json& of, const Json& share) {
      char text[2][64];
      std::snprintf(text[0], sizeof text[0], "%.2f", share.at("share").get<double>());
      std::snprintf(text[1], sizeof text[1], "%.2f–%.2f", share.at("low").get<double>(), share.at("high").get<double>());
      table.add({measure, of.dump(), text[0], text[1]});
    };
    for (const auto& [key, what] : {std::pair{"found", "search"}, std::pair{"found_by_bm25", "BM25"}}) {
      const Json& found = world.at(key);
      add(std::string(what) + ": right sentence first", found.at("asked"), found.at("first"));
      add(std::string(what) + ": among three", found.at("asked"), found.at("among_three"));
    }
    for (const char* kind : {"answerable", "unanswerable"}) {
      const Json& counts = world.at(kind);
      for (const char* verdict : kVerdicts)
        add(std::string(kind) + ": " + verdict, counts.at("asked"), counts.at(std::string(verdict) + "_share"));
    }
    const Json& believed = world.at("believed");
    add("believed facts that are true and useful",
        believed.at("useful").get<std::size_t>() + believed.at("odd").get<std::size_t>() + believed.at("false").get<std::size_t>(),
        believed.at("useful_share"));
    table.print(std::cout, 0);
  }
}

// One world in a memory of its own.
class WorldRun {
 public:
  WorldRun(Context& context, const PracticeArguments& arguments, const PracticeWorld& world, const std::filesystem::path& folder,
           std::ofstream* details, std::stop_token stop)
      : context_(context), arguments_(arguments), world_(world), details_(details), stop_(std::move(stop)) {
    MemoryOptions options = context.memory_options();
    options.folder = folder;
    memory_.emplace(Memory::open(options));
    if (!arguments.no_answers || !arguments.no_facts) session_.emplace(*memory_, context.model_options(Needs::kBothAdapters));
  }

  Json operator()() {
    learn();
    FoundCounts found, by_words;
    PracticeCounts counts;
    const std::vector<RetrievableSentence> all = all_sentences();
    const SentenceScores bm25 = bm25_scores(all);
    for (const PracticeQuestion& question : world_.questions) {
      if (stop_.stop_requested()) throw Error(ErrorKind::kCancelled, "stopped before all questions were asked");
      if (!arguments_.only.empty() && question.id != arguments_.only && question.kind != arguments_.only) continue;
      Json line = {{"id", question.id}, {"kind", question.kind}, {"question", question.text}, {"answers", question.answers}};
      SearchOptions search;
      search.limit = kFound;
      search.facts = false;
      std::vector<std::string> texts;
      Json sentences = Json::array();
      for (const SearchHit& hit : memory_->find(question.text, search)) {
        texts.push_back(hit.sentence->text);
        sentences.push_back({{"text", hit.sentence->text}, {"score", hit.score}, {"right", is_sentence_of(question, hit.sentence->text)}});
      }
      found.add(question, texts);
      texts.clear();
      for (const std::size_t best : best_sentences(bm25(question.text), kFound, [](std::size_t) { return true; }))
        texts.push_back(all[best].text);
      by_words.add(question, texts);
      line["found"] = std::move(sentences);
      if (!arguments_.no_answers) ask(question, counts, line);
      if (details_ != nullptr) *details_ << line.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    }
    Json kinds = Json::object();
    for (const auto& [kind, kind_counts] : counts.kinds) kinds[kind] = counts_json(kind_counts);
    return {{"documents", world_.documents.size()},
            {"sentences", memory_->stats().sentences},
            {"facts", memory_->stats().facts},
            {"found", found_json(found)},
            {"found_by_bm25", found_json(by_words)},
            {"believed", believed_json()},
            {"answerable", counts_json(counts.answerable)},
            {"unanswerable", counts_json(counts.unanswerable)},
            {"kinds", std::move(kinds)}};
  }

 private:
  // With the document's title before it, as our own index has it.
  std::vector<RetrievableSentence> all_sentences() const {
    std::vector<RetrievableSentence> all;
    for (const DocumentInfo& document : memory_->documents()) {
      for (const Sentence& sentence : memory_->sentences(document.name))
        all.push_back({0, all.size(), sentence.title + ". " + sentence.text});
    }
    return all;
  }

  Json believed_json() const {
    const std::vector<JudgedFact> judged = read_judged_facts(arguments_.set, arguments_.half);
    BelievedCounts counts;
    FactFilter filter;
    filter.limit = std::numeric_limits<std::size_t>::max();
    for (const Fact& fact : memory_->list(filter)) counts.add(fact, judged);
    const std::size_t known = counts.useful + counts.odd + counts.wrong;
    return {{"useful", counts.useful},
            {"odd", counts.odd},
            {"false", counts.wrong},
            {"unjudged", counts.unjudged},
            {"useful_share", share_json(counts.useful, known)}};
  }

  void learn() {
    ProgressBar bar(context_.err, context_.global.quiet ? ProgressMode::kNever : ProgressMode::kAuto, "learning", "sentences");
    const ProgressCallback show = [&bar](const Progress& progress) { bar.show(progress); };
    const LearnSummary summary = arguments_.no_facts ? memory_->keep(world_.documents, show, stop_)
                                                     : session_->learn(world_.documents, {}, LearnMode::kStore, show, stop_);
    bar.clear();
    if (summary.cancelled) throw Error(ErrorKind::kCancelled, "stopped before all documents were learned");
  }

  void ask(const PracticeQuestion& question, PracticeCounts& counts, Json& line) {
    ReadOptions read = arguments_.read;
    read.asker = question.asker;
    const Answer answer = session_->ask(question.text, read, stop_);
    const bool from_memory = answer.origin == Answer::Origin::kMemory;
    const PracticeVerdict verdict = judge_answer(question, answer.text, from_memory);
    counts.add(question, verdict);
    line["answer"] = answer.text;
    line["from_memory"] = from_memory;
    line["margin"] = answer.completion.mean_log_probability;
    line["verdict"] = kVerdicts[static_cast<std::size_t>(verdict)];
    Json facts = Json::array();
    for (const Fact& fact : answer.facts) facts.push_back({fact.subject, fact.relation, fact.object});
    line["facts"] = std::move(facts);
  }

  Context& context_;
  const PracticeArguments& arguments_;
  const PracticeWorld& world_;
  std::ofstream* details_;
  std::stop_token stop_;
  std::optional<Memory> memory_;
  std::optional<Session> session_;
};

int evaluate(Context& context, const PracticeArguments& arguments) {
  context.refuse_as_of("eval practice");
  const std::vector<PracticeWorld> worlds = read_practice_set(arguments.set, arguments.summaries, arguments.half, context.logger());
  Interrupt interrupt;
  const ScratchFolder scratch;
  const std::filesystem::path folder = arguments.keep.empty() ? scratch.path() : std::filesystem::path(arguments.keep);
  std::optional<std::ofstream> details;
  if (!arguments.details.empty()) {
    details.emplace(arguments.details, std::ios::trunc);
    if (!*details) throw Error(ErrorKind::kIo, "cannot write " + arguments.details);
  }
  Json json = Json::object();
  for (const PracticeWorld& world : worlds) {
    json[world.name] = WorldRun(context, arguments, world, folder / world.name, details ? &*details : nullptr, interrupt.token())();
  }
  if (context.global.json) {
    context.print(json);
  } else {
    print_tables(json);
  }
  return kExitOk;
}

}  // namespace

void add_eval_practice_command(CLI::App& eval, Context& context) {
  CLI::App& command = add_command(eval, "practice", "documents of the kinds that people have: sentences found, questions answered",
                                  "  memllm eval practice --set tests/practice --summaries summaries.json --json\n"
                                  "  memllm eval practice --set tests/practice --summaries summaries.json --no-facts --no-answers\n");
  auto arguments = std::make_shared<PracticeArguments>();
  command.add_option("--set", arguments->set, "folder of documents and questions")->required();
  command.add_option("--summaries", arguments->summaries, "Wikipedia summaries by title, JSON")->required();
  add_choice(command, "--half", arguments->half, kHalves, "choosing, reporting or all: which questions are asked");
  command.add_option("--only", arguments->only, "only the question with this id, or those of this kind");
  command.add_option("--keep", arguments->keep, "folder for the memories; left out: they are removed");
  command.add_option("--details", arguments->details, "file for every question with what was found and answered (JSON Lines)");
  command.add_flag("--no-facts", arguments->no_facts, "sentences only");
  command.add_flag("--no-answers", arguments->no_answers, "search only");
  add_read_options(command, arguments->read);
  set_action(command, context, [&context, arguments] { return evaluate(context, *arguments); });
}

}  // namespace memllm::cli
