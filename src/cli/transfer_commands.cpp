#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "command/exit_code.h"
#include "memllm/error.h"
#include "terminal/display.h"

namespace memllm::cli {
namespace {

int import_facts(Context& context, const std::string& file) {
  context.refuse_as_of("import");
  std::ifstream stream;
  if (file != "-") {
    stream.open(file, std::ios::binary);
    if (!stream || std::filesystem::is_directory(file))
      throw Error(ErrorKind::kNotFound, "cannot open " + file + "; is it a file that you may read?");
  }
  Memory memory = context.open_memory();
  const MemoryStats before = memory.stats();
  const std::size_t count = memory.import_jsonl(file == "-" ? std::cin : stream);
  const MemoryStats after = memory.stats();
  if (context.global.json) {
    context.print(Json{{"imported", count}});
  } else {
    std::cout << "imported " << count << " facts, " << after.documents - before.documents << " documents, "
              << after.sentences - before.sentences << " sentences\n";
  }
  return kExitOk;
}

void write_to(const Memory& memory, const std::filesystem::path& file) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  if (stream) memory.export_jsonl(stream);
  stream.close();
  if (!stream) throw Error(ErrorKind::kIo, "cannot write " + file.string() + "; check the folder, its rights and the free space");
}

// Beside the target first, then renamed: a full disk leaves no half file under its name. Of a link what it points to is the target; a file
// that is there keeps its rights; a device or pipe is written as it is.
void export_to_file(const Memory& memory, const std::filesystem::path& named) {
  std::error_code ignored;
  const std::filesystem::path file = std::filesystem::is_symlink(named, ignored) ? std::filesystem::weakly_canonical(named) : named;
  const std::filesystem::file_status status = std::filesystem::status(file, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return write_to(memory, file);
  std::filesystem::path unfinished = file;
  unfinished += ".part";
  try {
    write_to(memory, unfinished);
    if (std::filesystem::exists(status)) std::filesystem::permissions(unfinished, status.permissions());
    std::filesystem::rename(unfinished, file);
  } catch (...) {
    std::filesystem::remove(unfinished, ignored);
    throw;
  }
}

int export_facts(Context& context, const std::string& file) {
  context.refuse_as_of("export");
  const Memory memory = context.open_memory();
  if (file == "-") {
    memory.export_jsonl(std::cout);
    return kExitOk;
  }
  export_to_file(memory, file);
  if (context.global.json) {
    context.print(Json{{"exported", file}});
  } else {
    std::cout << "exported to " << printable(file) << '\n';
  }
  return kExitOk;
}

}  // namespace

void add_transfer_commands(CLI::App& root, Context& context) {
  {
    CLI::App& command = add_command(root, "import", "add everything from an export; all or nothing",
                                    "  memllm import backup.jsonl\n"
                                    "  memllm --memory old export | memllm --memory new import -\n");
    auto file = std::make_shared<std::string>("-");
    command.add_option("FILE", *file, "JSON Lines (docs/formats.md); - for standard input")->capture_default_str();
    set_action(command, context, [&context, file] { return import_facts(context, *file); });
  }
  {
    CLI::App& command = add_command(root, "export", "write everything as JSON Lines, lossless",
                                    "  memllm export backup.jsonl\n"
                                    "  memllm export | grep Acme\n");
    auto file = std::make_shared<std::string>("-");
    command.add_option("FILE", *file, "where to; - for standard output")->capture_default_str();
    set_action(command, context, [&context, file] { return export_facts(context, *file); });
  }
}

}  // namespace memllm::cli
