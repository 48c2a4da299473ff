#include <CLI/CLI.hpp>
#include <array>
#include <iostream>

#include "ask/wording_vectors.h"
#include "base/file_fingerprint.h"
#include "base/gguf_metadata.h"
#include "base/text.h"
#include "cli/commands.h"
#include "command/exit_code.h"
#include "command/interrupt.h"
#include "command/model_files.h"
#include "embed/lazy_embedder.h"
#include "language/language.h"
#include "llm/llama_model.h"
#include "llm/widened_model.h"
#include "memllm/error.h"
#include "terminal/display.h"

namespace memllm::cli {
namespace {

std::string state_text(const ModelFile& file) {
  switch (file.state) {
    case ModelFile::State::kFound:
      return "found";
    case ModelFile::State::kMissing:
      return "missing";
    case ModelFile::State::kNone:
      return "none";
  }
  return "unknown";
}

// Arrays as "[type × count]"; long strings are cut.
struct ValueText {
  static constexpr std::size_t kLongest = 200;
  std::string operator()(const std::string& text) const { return ellipsis(repair_utf8(text), kLongest); }
  std::string operator()(double number) const { return Json(number).dump(); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const GgufArray& array) const {
    return "[" + std::string(to_string(array.items)) + " × " + std::to_string(array.count) + "]";
  }
  template <typename Whole>
  std::string operator()(Whole number) const {
    return std::to_string(number);
  }
};

Json describe(const ModelFile& file) {
  Json out{{"role", file.role},          {"state", state_text(file)},
           {"path", file.file.string()}, {"chosen_by", file.chosen ? "flag or environment" : "default"},
           {"fingerprint", nullptr},     {"bytes", nullptr},
           {"metadata", Json::object()}};
  if (file.state != ModelFile::State::kFound) return out;
  out["fingerprint"] = file_fingerprint(file.file);
  out["bytes"] = std::filesystem::file_size(file.file);
  try {
    const GgufMetadata metadata(file.file);
    for (const auto& [key, value] : metadata.values()) out["metadata"][repair_utf8(key)] = std::visit(ValueText(), value.value);
  } catch (const Error& error) {
    out["state"] = "damaged";
    out["problem"] = error.what();
  }
  return out;
}

void print_model(const Json& model, const Terminal& terminal) {
  std::cout << terminal.styled(Style::kBold, model["role"].get<std::string>()) << "  " << model["state"].get<std::string>() << "  "
            << printable(model["path"].get<std::string>()) << '\n';
  if (model["fingerprint"].is_null()) return;
  std::cout << "  fingerprint " << model["fingerprint"].get<std::string>() << ", " << model["bytes"].get<std::uintmax_t>() << " bytes\n";
  for (const auto& [key, value] : model["metadata"].items()) {
    if (!key.starts_with("tokenizer.")) std::cout << "  " << printable(key) << " = " << printable(value.get<std::string>()) << '\n';
  }
}

int models(Context& context) {
  context.refuse_as_of("models");
  const ModelFiles files = find_model_files(context.global.files);
  Json list = Json::array();
  bool all_usable = true;
  for (const ModelFile* file : {&files.model, &files.read_adapter, &files.write_adapter, &files.answer_adapter, &files.embedder}) {
    list.push_back(describe(*file));
    const std::string state = list.back()["state"];
    all_usable = all_usable && (state == "found" || state == "none");
  }
  if (context.global.json) {
    context.print(Json{{"models", std::move(list)}});
  } else {
    for (const Json& model : list) print_model(model, context.out);
    if (!all_usable)
      std::cout << "`./run setup` fetches what is missing; --model, --read-adapter, --write-adapter and --embedder choose others\n";
  }
  return all_usable ? kExitOk : kExitModel;
}

// A copy of the model in use with 16-bit weights.
int widen(Context& context, const std::string& out) {
  context.refuse_as_of("models");
  const ModelFiles files = find_model_files(context.global.files);
  write_widened_model(required_path(files.model), out, context.logger());
  if (context.global.json) {
    context.print(Json{{"widened", out}, {"bytes", std::filesystem::file_size(out)}});
  } else if (!context.global.quiet) {
    std::cout << "wrote " << printable(out) << ": use it with --model, with the same adapters\n";
  }
  return kExitOk;
}

// Vectors of the wordings of relations: those in the cache, and what it lacks made now.
int embed_wordings(Context& context, const std::string& folder) {
  context.refuse_as_of("models");
  if (folder.empty()) throw Error(ErrorKind::kInvalidArgument, "--embed-wordings needs a folder");
  std::filesystem::create_directories(folder);  // before half a minute's work
  Interrupt interrupt;
  LazyEmbedder embedder(required_path(find_model_files(context.global.files).embedder));
  WordingVectors vectors(embedder, context.language()->wordings, std::array{cache_folder()}, context.logger());
  vectors.prepare(interrupt.token());
  vectors.save(folder);
  if (context.global.json) {
    context.print(Json{{"wordings", folder}});
  } else if (!context.global.quiet) {
    std::cout << "the vectors of how people ask about relations stand in " << printable(folder) << '\n';
  }
  return kExitOk;
}

}  // namespace

void add_models_command(CLI::App& root, Context& context) {
  CLI::App& command =
      add_command(root, "models", "show which model files are used, their fingerprints and metadata; exit code 4 when one is missing",
                  "  memllm models\n"
                  "  memllm models --write-adapter my-write.gguf --json\n"
                  "  memllm models --widen gemma-16-bit.gguf\n"
                  "  memllm models --embed-wordings share/memllm/vectors\n");
  struct Arguments {
    std::string widened, vectors;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::Option* widened = command.add_option(
      "--widen", arguments->widened, "write a copy of the model with 16-bit weights: larger, and results no longer depend on the batch");
  CLI::Option* vectors = command.add_option(
      "--embed-wordings", arguments->vectors,
      "write to this folder what the first question would otherwise wait for: vectors of how people ask about relations");
  vectors->excludes(widened);
  set_action(command, context, [&context, arguments, widened, vectors] {
    if (widened->count() > 0) return widen(context, arguments->widened);
    return vectors->count() > 0 ? embed_wordings(context, arguments->vectors) : models(context);
  });
}

}  // namespace memllm::cli
