#include "cli_eval/eval_memory.h"

#include <array>

#include "base/file_fingerprint.h"
#include "command/choice.h"

namespace memllm::cli {
namespace {

constexpr std::array kMemories{Choice{"off", MemoryKind::kOff}, Choice{"written", MemoryKind::kWritten}, Choice{"gold", MemoryKind::kGold}};

}  // namespace

std::string EvalMemory::name() const { return name_of(kMemories, kind); }

std::string EvalMemory::fingerprint() const { return kind == MemoryKind::kWritten ? file_fingerprint(facts) : ""; }

void add_memory_options(CLI::App& command, EvalMemory& memory) {
  add_choice(command, "--memory", memory.kind, kMemories,
             "off, written (what the model writes of the documents) or gold (their labels), in a temporary folder");
  command.add_option("--facts", memory.facts, "with --memory written: take the facts from this file of eval writing --details");
}

FactsOf facts_source(const EvalMemory& memory, const EvalModels& models) {
  if (memory.kind == MemoryKind::kGold) return gold_facts;
  if (!memory.facts.empty()) return logged_facts(memory.facts);
  return written_facts(models.writing(), {}, models.options.context_tokens);
}

}  // namespace memllm::cli
