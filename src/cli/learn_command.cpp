#include <glob.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <set>
#include <system_error>

#include "base/name.h"
#include "base/read_file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "command/choice.h"
#include "command/exit_code.h"
#include "command/interrupt.h"
#include "documents/document_reader.h"
#include "memllm/error.h"
#include "terminal/display.h"
#include "terminal/fact_text.h"
#include "terminal/progress_bar.h"
#include "wire/words.h"

namespace memllm::cli {
namespace {

struct LearnArguments {
  std::vector<std::string> files;
  DocumentFormat format = DocumentFormat::kAuto;
  std::string name;    // of the one document that is learned; empty: the file's absolute path
  std::string author;  // where the document names none
  bool undo = false;
  bool no_facts = false;
  bool dry_run = false;
  bool list = false;
  ProgressMode progress = ProgressMode::kAuto;
  WriteOptions write;
};

constexpr std::array kFormats{Choice{"auto", DocumentFormat::kAuto},         Choice{"text", DocumentFormat::kText},
                              Choice{"markdown", DocumentFormat::kMarkdown}, Choice{"html", DocumentFormat::kHtml},
                              Choice{"jsonl", DocumentFormat::kJsonl},       Choice{"docred", DocumentFormat::kDocRed}};
constexpr std::array kProgressModes{Choice{"auto", ProgressMode::kAuto}, Choice{"always", ProgressMode::kAlways},
                                    Choice{"never", ProgressMode::kNever}};

// A name that is no file but holds * ? [ is a pattern. Throws kNotFound when it matches nothing.
std::vector<std::string> expand(const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored) || name.find_first_of("*?[") == std::string::npos) return {name};
  glob_t found{};
  const int result = glob(name.c_str(), GLOB_TILDE, nullptr, &found);
  std::vector<std::string> out;
  if (result == 0) out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (out.empty()) throw Error(ErrorKind::kNotFound, "no file matches " + name);
  return out;
}

// What could not be read, and why. The rest is learned.
struct Skipped {
  std::string file;
  Error error;
};

// The files of a folder that are documents, in order; hidden ones are left out. Throws kNotFound when there are none.
std::vector<std::string> files_below(const std::string& folder, std::vector<Skipped>& skipped) {
  std::vector<std::string> files;
  const auto options = std::filesystem::directory_options::skip_permission_denied;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, options); it != std::filesystem::recursive_directory_iterator();
       ++it) {
    if (it->path().filename().string().starts_with('.')) {
      if (it->is_directory()) it.disable_recursion_pending();
    } else if (it->is_directory() && ::access(it->path().c_str(), R_OK | X_OK) != 0) {
      skipped.push_back({it->path().string(), Error(ErrorKind::kIo, "cannot read the folder " + it->path().string())});
    } else if (it->is_regular_file() && is_document_file(it->path())) {
      files.push_back(it->path().string());
    }
  }
  if (files.empty() && skipped.empty()) throw Error(ErrorKind::kNotFound, folder + " holds no text, Markdown or JSON files");
  std::ranges::sort(files);
  return files;
}

// A document is what stands at this place, from wherever it is named.
std::filesystem::path absolute(const std::string& file) { return std::filesystem::absolute(file).lexically_normal(); }

std::vector<Document> gather(const LearnArguments& arguments, const Logger& logger, std::vector<Skipped>& skipped) {
  std::vector<Document> out;
  const auto append = [&out](std::vector<Document> documents) {
    out.insert(out.end(), std::make_move_iterator(documents.begin()), std::make_move_iterator(documents.end()));
  };
  std::set<std::string> given;
  std::set<std::filesystem::path> paths;  // "a.txt *.txt" names a file twice
  for (const std::string& name : arguments.files) {
    if (!given.insert(name).second) continue;
    if (name.empty()) throw Error(ErrorKind::kInvalidArgument, "the name of a file is empty");
    if (name == "-") {
      const std::string content = read_descriptor(STDIN_FILENO, "standard input");
      // A program that failed before the pipe must not take what the document said before.
      if (clean_name(repair_utf8(content)).empty()) {
        throw Error(ErrorKind::kInvalidArgument, "standard input is empty: did the command before the pipe fail?");
      }
      // Without a name of its own, another text is another document.
      append(parse_documents(content, "standard input " + content_hash(content).substr(0, 8), arguments.format, logger));
      continue;
    }
    for (const std::string& file : expand(name)) {
      std::error_code ignored;
      const bool is_folder = std::filesystem::is_directory(file, ignored);
      for (const std::string& one : is_folder ? files_below(file, skipped) : std::vector<std::string>{file}) {
        if (!paths.insert(absolute(one)).second) continue;
        try {
          append(read_documents(absolute(one), arguments.format, logger));
        } catch (const Error& error) {
          if (!is_folder) throw;
          skipped.push_back({one, error});
        }
      }
    }
  }
  if (out.empty() && !skipped.empty()) throw skipped.front().error;
  if (!arguments.name.empty()) {
    if (out.size() != 1) {
      throw Error(ErrorKind::kInvalidArgument, "--name names one document, but there are " + std::to_string(out.size()));
    }
    out[0].name = arguments.name;
  }
  for (Document& document : out) {
    if (document.author.empty()) document.author = arguments.author;
  }
  return out;
}

struct Summary {
  std::size_t documents = 0, learned = 0, relearned = 0, unchanged = 0, sentences = 0, facts = 0, quarantined = 0, rejected = 0,
              retracted = 0, malformed = 0;
  double seconds = 0;
  std::string cancelled;  // what was done when it was stopped; empty: it was not
};

Summary summarise(const std::vector<DocumentReport>& reports) {
  Summary out;
  out.documents = reports.size();
  for (const DocumentReport& report : reports) {
    out.learned += report.state == DocumentReport::State::kLearned ? 1 : 0;
    out.relearned += report.state == DocumentReport::State::kRelearned ? 1 : 0;
    out.unchanged += report.state == DocumentReport::State::kUnchanged ? 1 : 0;
    out.sentences += report.sentences;
    out.facts += report.facts.size() - report.quarantined - report.rejected;
    out.rejected += report.rejected;
    out.quarantined += report.quarantined;
    out.retracted += report.retracted;
    out.malformed += report.malformed;
  }
  return out;
}

void print_summary(const Summary& summary, LearnMode mode) {
  if (!summary.cancelled.empty()) {
    std::cout << printable(summary.cancelled) << '\n';
    return;
  }
  char rate[64];
  std::snprintf(rate, sizeof rate, "%.1f s, %.1f facts/s", summary.seconds,
                summary.seconds > 0 ? static_cast<double>(summary.facts) / summary.seconds : 0.0);
  std::cout << summary.documents << " documents: " << summary.learned << " learned, " << summary.relearned << " learned again, "
            << summary.unchanged << " unchanged; " << summary.sentences << " sentences, " << summary.facts << " facts, "
            << summary.quarantined << " quarantined, " << summary.retracted << " retracted";
  if (summary.rejected > 0) std::cout << ", " << summary.rejected << " rejected before";
  if (summary.malformed > 0) std::cout << ", " << summary.malformed << " malformed items dropped";
  std::cout << "; " << rate << (mode == LearnMode::kDryRun ? " (dry run: nothing was stored)" : "") << '\n';
}

void print_reports(const std::vector<DocumentReport>& reports, const Terminal& terminal) {
  for (const DocumentReport& report : reports) {
    std::cout << terminal.styled(Style::kBold, printable(report.document)) << " (" << to_string(report.state) << ", " << report.sentences
              << " sentences)\n";
    print_by_sentence(std::cout, report.facts, terminal, "  ");
  }
}

Json summary_json(const Summary& summary) {
  return {{"documents", summary.documents},     {"learned", summary.learned},     {"relearned", summary.relearned},
          {"unchanged", summary.unchanged},     {"sentences", summary.sentences}, {"facts", summary.facts},
          {"quarantined", summary.quarantined}, {"rejected", summary.rejected},   {"retracted", summary.retracted},
          {"malformed", summary.malformed},     {"seconds", summary.seconds},     {"cancelled", !summary.cancelled.empty()}};
}

// The newest run of learn that is not undone.
int undo_learn(Context& context) {
  Memory memory = context.open_memory();
  constexpr std::size_t kAll = std::numeric_limits<std::int32_t>::max();
  for (const Event& event : memory.history(std::nullopt, kAll)) {
    if (event.kind != EventKind::kLearn || event.undone_by) continue;
    memory.undo(event.id);
    if (context.global.json) {
      context.print(Json{{"undone", json_of(event)}});
    } else {
      std::cout << "undone: " << printable(event.detail) << " at " << event.at << '\n';
    }
    return kExitOk;
  }
  throw Error(ErrorKind::kNotFound, "there is no learn to undo");
}

int learn(Context& context, LearnArguments arguments) {
  context.refuse_as_of("learn");
  if (arguments.undo) {
    if (!arguments.files.empty()) throw Error(ErrorKind::kInvalidArgument, "--undo takes back the last learn; it takes no files");
    return undo_learn(context);
  }
  if (arguments.files.empty()) throw Error(ErrorKind::kInvalidArgument, "name a file or a folder to learn from; - for standard input");
  std::vector<Skipped> skipped;
  const std::vector<Document> documents = gather(arguments, context.logger(), skipped);
  for (const Skipped& one : skipped) context.logger()(LogLevel::kError, "skipped: " + std::string(one.error.what()));
  const bool writes = !arguments.no_facts;
  const ModelOptions models = writes ? context.model_options(Needs::kWriteAdapter) : ModelOptions();
  const LearnMode mode = arguments.dry_run ? LearnMode::kDryRun : LearnMode::kStore;

  Interrupt interrupt;
  Memory memory = context.open_memory();
  std::optional<Session> session;
  if (writes) session.emplace(memory, models);
  ProgressBar bar(context.err, context.global.quiet ? ProgressMode::kNever : arguments.progress, "learning", "sentences");
  context.set_bar(&bar);
  const ProgressCallback show = [&bar](const Progress& progress) { bar.show(progress); };
  const LearnSummary learned =
      session ? session->learn(documents, arguments.write, mode, show, interrupt.token()) : memory.keep(documents, show, interrupt.token());
  const std::vector<DocumentReport>& reports = learned.documents;
  std::string cancelled;
  if (learned.cancelled) {
    cancelled = "cancelled after " + std::to_string(reports.size()) + " of " + std::to_string(documents.size()) + " documents";
    if (mode == LearnMode::kStore) cancelled += "; what was completed is stored: learn the same documents again to go on";
  }
  Summary summary = summarise(reports);
  summary.seconds = bar.elapsed_s();
  summary.cancelled = cancelled;
  bar.clear();
  context.set_bar(nullptr);
  if (context.global.json) {
    Json list = Json::array();
    for (const DocumentReport& report : reports) list.push_back(json_of(report));
    Json left_out = Json::array();
    for (const Skipped& one : skipped) left_out.push_back({{"file", repair_utf8(one.file)}, {"error", repair_utf8(one.error.what())}});
    context.print(Json{{"documents", std::move(list)},
                       {"skipped", std::move(left_out)},
                       {"dry_run", arguments.dry_run},
                       {"summary", summary_json(summary)}});
  } else {
    if (arguments.dry_run || arguments.list) print_reports(reports, context.out);
    print_summary(summary, mode);
  }
  if (!cancelled.empty()) return kExitCancelled;
  return skipped.empty() ? kExitOk : exit_code(skipped.front().error.kind());
}

}  // namespace

void add_learn_command(CLI::App& root, Context& context) {
  CLI::App& command = add_command(root, "learn", "read documents and store the facts that they state",
                                  "  memllm learn notes/ diary.md\n"
                                  "  memllm learn --dry-run report.md\n"
                                  "  memllm learn --no-facts archive/\n"
                                  "  memllm learn --undo\n"
                                  "  curl -s https://example.org/page.txt | memllm learn - --name page\n"
                                  "  memllm learn --format jsonl --json articles.jsonl\n");
  auto arguments = std::make_shared<LearnArguments>();
  command.add_option("FILE", arguments->files,
                     "files, folders or patterns: text, Markdown, HTML, JSONL, DocRED JSON; - for standard input");
  add_choice(command, "--format", arguments->format, kFormats, "auto, text, markdown, html, jsonl or docred");
  command.add_option("--name", arguments->name, "name of the document, if there is one only; left out: the file's absolute path");
  command.add_option("--author", arguments->author, "who \"I\" is in documents that do not say by whom they are");
  command.add_flag("--no-facts", arguments->no_facts, "keep the sentences only, to be searched and answered from: quick, needs no model");
  command.add_flag("--undo", arguments->undo, "take the last learn back, all its documents and facts");
  command.add_flag("--dry-run", arguments->dry_run, "show the facts, store nothing")->excludes("--no-facts");
  command.add_flag("--list", arguments->list, "show the facts that were stored");
  add_choice(command, "--progress", arguments->progress, kProgressModes, "auto (on a terminal), always or never");
  add_write_options(command, arguments->write);
  command.add_option("--parallel", context.global.model.parallel, "sentences written at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  set_action(command, context, [&context, arguments] { return learn(context, *arguments); });
}

}  // namespace memllm::cli
