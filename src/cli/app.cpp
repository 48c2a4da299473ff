#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>

#include "cli/commands.h"
#include "cli_eval/eval_commands.h"
#include "command/exit_code.h"
#include "command/suggestion.h"
#include "memllm/error.h"
#include "terminal/display.h"

namespace memllm::cli {
namespace {

constexpr const char* kRootExamples =
    "Examples:\n"
    "  memllm learn notes/*.txt\n"
    "  memllm ask \"Who founded Acme?\"\n"
    "  memllm facts list --entity Acme\n"
    "  memllm facts edit 12 --object \"Jane Roe\"\n"
    "  memllm facts undo\n";

void add_global_options(CLI::App& root, Context& context) {
  GlobalOptions& global = context.global;
  const std::string group = "Global options (before or after the command)";
  root.add_option("--memory", global.memory, "folder of the memory; made if missing (default: $XDG_DATA_HOME/memllm/default)")
      ->envname("MEMLLM_MEMORY")
      ->group(group);
  root.add_option("--namespace", global.name_space, "part of the memory to work in")
      ->envname("MEMLLM_NAMESPACE")
      ->capture_default_str()
      ->group(group);
  root.add_option("--language", global.language, "language pack: a folder, or a name under share/memllm/lang (default: en)")
      ->envname("MEMLLM_LANGUAGE")
      ->group(group);
  root.add_option("--as-of", global.as_of, "look at what was believed then: 2026-11-21 or 2026-11-21T05:01:02Z")->group(group);
  root.add_flag_callback(
          "--no-inference", [&global] { global.infer = false; }, "answer from stored facts alone, not from what follows from them")
      ->group(group);
  root.add_flag("--json", global.json, "print JSON (docs/json.md)")->group(group);
  root.add_flag("-v,--verbose", global.verbose, "more messages on standard error; twice: still more")->group(group);
  root.add_flag("-q,--quiet", global.quiet, "only errors on standard error")->group(group);
}

void add_model_options(CLI::App& root, Context& context) {
  GlobalOptions& global = context.global;
  const std::string models = "Model options (before or after the command)";
  root.add_option("--model", global.files.model, "base model, GGUF")->envname("MEMLLM_MODEL")->group(models);
  root.add_option("--read-adapter", global.files.read_adapter, "LoRA that reads, GGUF, or none")
      ->envname("MEMLLM_READ_ADAPTER")
      ->group(models);
  root.add_option("--write-adapter", global.files.write_adapter, "LoRA that writes, GGUF, or none")
      ->envname("MEMLLM_WRITE_ADAPTER")
      ->group(models);
  root.add_option("--answer-adapter", global.files.answer_adapter, "LoRA that answers from sentences and judges facts, GGUF, or none")
      ->envname("MEMLLM_ANSWER_ADAPTER")
      ->group(models);
  root.add_option("--embedder", global.files.embedder, "embedding model, GGUF, or none: names match as written only")
      ->envname("MEMLLM_EMBEDDER")
      ->group(models);
  root.add_option("--entity-threshold", global.thresholds.entity, "similarity from which another name may be the entity that is meant")
      ->check(CLI::Range(-1.0, 1.0))
      ->capture_default_str()
      ->group(models);
  root.add_option("--relation-threshold", global.thresholds.relation, "the same for relations")
      ->check(CLI::Range(-1.0, 1.0))
      ->capture_default_str()
      ->group(models);
  root.add_option("--pair-threshold", global.thresholds.pair, "the mean of both must be at least this")
      ->check(CLI::Range(-1.0, 1.0))
      ->capture_default_str()
      ->group(models);
  root.add_option("--threads", global.model.threads, "threads of the model; 0: as many as cores")
      ->envname("MEMLLM_THREADS")
      ->check(CLI::Range(0, 4096))
      ->group(models);
  root.add_option("--gpu-layers", global.model.gpu_layers, "layers kept on a GPU, where llama.cpp was built for one")
      ->check(CLI::NonNegativeNumber)
      ->group(models);
  root.add_option("--marker-open", global.model.marker_open, "token that opens a call")->capture_default_str()->group(models);
  root.add_option("--marker-close", global.model.marker_close, "token that closes a call")->capture_default_str()->group(models);
  root.add_option("--marker-arrow", global.model.marker_arrow, "token between call and result")->capture_default_str()->group(models);
  root.add_option("--separator-field", global.model.separator_field, "token between the parts of a fact")
      ->capture_default_str()
      ->group(models);
  root.add_option("--separator-item", global.model.separator_item, "token between facts")->capture_default_str()->group(models);
}

// CLI11 takes 010 for 8 and 0x0a for 10, which would be another fact than the one that a script with padded numbers means.
void read_whole_numbers_as_decimal(CLI::App& app) {
  const CLI::Validator decimal(
      [](std::string& value) -> std::string {
        const std::size_t sign = value.starts_with('-') || value.starts_with('+') ? 1 : 0;
        if (value.size() == sign || value.find_first_not_of("0123456789", sign) != std::string::npos)
          return "not a decimal whole number: " + value;
        const std::size_t digits = std::min(value.find_first_not_of('0', sign), value.size() - 1);
        value = (value.front() == '-' ? "-" : "") + value.substr(digits);
        return "";
      },
      "");
  for (CLI::Option* option : app.get_options()) {
    if (option->get_type_name().starts_with("INT") || option->get_type_name().starts_with("UINT")) option->transform(decimal);
  }
  for (CLI::App* command : app.get_subcommands(nullptr)) read_whole_numbers_as_decimal(*command);
}

const CLI::App& deepest_command(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return *app;
}

std::vector<std::string> known_flags(const CLI::App& command) {
  std::vector<std::string> out;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
      for (const std::string& name : option->get_snames()) out.push_back("-" + name);
    }
  }
  return out;
}

std::string command_path(const CLI::App& command) {
  const std::string name = command.get_parent() == nullptr ? "memllm" : command.get_name();
  return command.get_parent() == nullptr ? name : command_path(*command.get_parent()) + " " + name;
}

std::string did_you_mean(const std::optional<std::string>& name) { return name ? "; did you mean " + *name + "?" : ""; }

int usage_error(const CLI::App& root, const std::string& message) {
  std::cerr << "memllm: " << printable(message) << "\nSee `" << command_path(deepest_command(root)) << " --help`.\n";
  return kExitUsage;
}

// Parses; nullopt: go on with the action.
std::optional<int> parse(CLI::App& root, const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    std::cerr << root.help();
    return kExitUsage;
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants it
    root.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    std::cout << root.help();
    return kExitOk;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << '\n';
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    const std::string leftovers = explain_leftovers(root);
    return usage_error(root, leftovers.empty() ? std::string(error.what()) : leftovers);
  }
  return std::nullopt;
}

int fail(const Context& context, ErrorKind kind, const std::string& message) {
  const int code = exit_code(kind);
  if (context.global.json) {
    context.print(Json{{"error", {{"kind", to_string(kind)}, {"message", message}, {"exit_code", code}}}});
  }
  std::cerr << "memllm: " << printable_lines(message) << '\n';
  return code;
}

int run_action(const Context& context) {
  try {
    const int code = context.action();
    std::cout.flush();
    if (!std::cout) throw Error(ErrorKind::kIo, "cannot write to standard output; is the disk full?");
    return code;
  } catch (const Error& error) {
    return fail(context, error.kind(), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(context, ErrorKind::kIo, error.what());
  } catch (const std::bad_alloc&) {
    return fail(context, ErrorKind::kIo, "out of memory; give fewer or smaller documents at a time");
  } catch (const std::exception& error) {
    return fail(context, ErrorKind::kInternal, std::string("a defect of memllm, please report it: ") + error.what());
  }
}

}  // namespace

std::unique_ptr<CLI::App> make_app(Context& context) {
  auto root = std::make_unique<CLI::App>("memllm: a local language model with a memory that you can read, edit and prove", "memllm");
  root->set_help_flag("-h,--help", "print this help and exit");
  root->set_version_flag("--version", "memllm " MEMLLM_VERSION, "print the version and exit");
  root->require_subcommand(1);
  root->get_formatter()->column_width(34);
  add_global_options(*root, context);
  add_model_options(*root, context);
  add_learn_command(*root, context);
  add_ask_command(*root, context);
  add_search_command(*root, context);
  add_complete_command(*root, context);
  add_facts_commands(*root, context);
  add_documents_commands(*root, context);
  add_entities_commands(*root, context);
  add_transfer_commands(*root, context);
  add_maintenance_commands(*root, context);
  add_models_command(*root, context);
  add_eval_commands(*root, context);
  add_completion_command(*root, context);
  read_whole_numbers_as_decimal(*root);
  root->footer(std::string(kRootExamples) + "\n" + exit_code_help());
  return root;
}

std::string explain_leftovers(const CLI::App& root) {
  const std::vector<std::string> leftovers = root.remaining(true);
  if (leftovers.empty()) return "";
  const CLI::App& command = deepest_command(root);
  const auto flag = std::find_if(leftovers.begin(), leftovers.end(),
                                 [](const std::string& text) { return text.size() > 1 && text.front() == '-' && text != "--"; });
  if (flag != leftovers.end()) {
    const std::string name = flag->substr(0, flag->find('='));
    const std::optional<std::string> nearest = nearest_name(name, known_flags(command));
    if (nearest == name) return "too many arguments: behind --, " + name + " is a value and no flag";
    return "unknown flag " + name + did_you_mean(nearest) + " (a value that begins with - goes after --)";
  }
  const std::vector<const CLI::App*> subcommands = command.get_subcommands([](const CLI::App*) { return true; });
  if (!subcommands.empty()) {
    std::vector<std::string> names;
    names.reserve(subcommands.size());
    for (const CLI::App* subcommand : subcommands) names.push_back(subcommand->get_name());
    return "unknown command " + leftovers.front() + did_you_mean(nearest_name(leftovers.front(), names));
  }
  return "unexpected argument " + leftovers.front() + " (put quotes around a value of several words)";
}

int run(const std::vector<std::string>& arguments) {
  Context context;
  const std::unique_ptr<CLI::App> root = make_app(context);
  if (const std::optional<int> code = parse(*root, arguments)) return *code;
  return run_action(context);
}

}  // namespace memllm::cli
