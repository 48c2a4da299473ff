#include "cli/shell_completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "cli/commands.h"
#include "command/exit_code.h"
#include "memllm/error.h"

namespace memllm::cli {
namespace {

std::vector<const CLI::App*> children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// flags: name, and whether a value follows.
void collect(const CLI::App& app, const std::string& path, std::map<std::string, bool> flags, std::vector<CompletionEntry>& out) {
  for (const CLI::Option* option : app.get_options()) {
    const bool has_value = option->get_expected_max() > 0;
    for (const std::string& name : option->get_lnames()) flags["--" + name] = has_value;
    for (const std::string& name : option->get_snames()) flags["-" + name] = has_value;
  }
  CompletionEntry entry{path, {}, {}, {}};
  for (const auto& [flag, has_value] : flags) {
    entry.flags.push_back(flag);
    if (has_value) entry.flags_with_value.push_back(flag);
  }
  for (const CLI::App* child : children(app)) entry.subcommands.push_back(child->get_name());
  out.push_back(entry);
  for (const CLI::App* child : children(app))
    collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), flags, out);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// The words before the cursor that are commands make the path; the same in bash and zsh (zsh runs it through bashcompinit).
std::string bash_script(const std::vector<CompletionEntry>& entries) {
  std::ostringstream out;
  out << "_memllm() {\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" word commands=\"\" flags=\"\" values=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=\"${COMP_WORDS[i]}\"\n"
         "    case \"$path|$word\" in\n";
  for (const CompletionEntry& entry : entries) {
    for (const std::string& child : entry.subcommands) {
      out << "      '" << entry.path << "|" << child << "') path='" << (entry.path.empty() ? child : entry.path + " " + child) << "' ;;\n";
    }
  }
  out << "    esac\n"
         "  done\n"
         "  case \"$path\" in\n";
  for (const CompletionEntry& entry : entries) {
    out << "    '" << entry.path << "') commands='" << joined(entry.subcommands) << "' flags='" << joined(entry.flags) << "' values='"
        << joined(entry.flags_with_value) << "' ;;\n";
  }
  out << "  esac\n"
         "  if [[ \"$current\" == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$flags\" -- \"$current\"))\n"
         "  elif [[ -n \"$commands\" && \"$current\" != */* && \" $values \" != *\" ${COMP_WORDS[COMP_CWORD-1]} \"* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$commands\" -- \"$current\"))\n"
         "  else\n"
         "    local IFS=$'\\n'\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _memllm memllm\n";
  return out.str();
}

std::string zsh_script(const std::vector<CompletionEntry>& entries) {
  return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(entries);
}

std::string fish_script(const std::vector<CompletionEntry>& entries) {
  std::ostringstream out;
  out << "function __memllm_at\n"
         "  set -l words (commandline -opc | string match -rv '^-')\n"
         "  set -e words[1]\n"
         "  set -l count (count $argv)\n"
         "  test \"$argv\" = \"$words[1..$count]\"\n"
         "end\n";
  for (const CompletionEntry& entry : entries) {
    if (!entry.subcommands.empty()) {
      const std::string condition =
          entry.path.empty() ? "__fish_use_subcommand"
                             : "__memllm_at " + entry.path + "; and not __fish_seen_subcommand_from " + joined(entry.subcommands);
      out << "complete -c memllm -f -n '" << condition << "' -a '" << joined(entry.subcommands) << "'\n";
    }
    const std::string at = entry.path.empty() ? "" : " -n '__memllm_at " + entry.path + "'";
    for (const std::string& flag : entry.flags) {
      const bool has_value = std::ranges::binary_search(entry.flags_with_value, flag);
      out << "complete -c memllm" << at << (flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1))
          << (has_value ? " -r\n" : "\n");
    }
  }
  return out.str();
}

}  // namespace

std::vector<CompletionEntry> completion_entries(const CLI::App& root) {
  std::vector<CompletionEntry> out;
  collect(root, "", {}, out);
  return out;
}

std::string completion_script(const CLI::App& root, const std::string& shell) {
  const std::vector<CompletionEntry> entries = completion_entries(root);
  if (shell == "bash") return bash_script(entries);
  if (shell == "zsh") return zsh_script(entries);
  if (shell == "fish") return fish_script(entries);
  throw Error(ErrorKind::kInvalidArgument, "no completion for the shell " + shell + "; there is bash, zsh and fish");
}

void add_completion_command(CLI::App& root, Context& context) {
  CLI::App& command = add_command(root, "completion", "print a completion script for a shell",
                                  "  source <(memllm completion bash)\n"
                                  "  memllm completion fish > ~/.config/fish/completions/memllm.fish\n");
  auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish")->required();
  set_action(command, context, [&root, shell] {
    std::cout << completion_script(root, *shell);
    return kExitOk;
  });
}

}  // namespace memllm::cli
