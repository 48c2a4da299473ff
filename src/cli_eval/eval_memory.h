// What the documents' memory holds in an evaluation: --memory and --facts.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli_eval/eval_commands.h"
#include "eval/document_memories.h"

namespace memllm::cli {

enum class MemoryKind { kOff, kWritten, kGold };

struct EvalMemory {
  MemoryKind kind = MemoryKind::kGold;
  std::string facts;  // log of eval writing; empty: the model writes now

  std::string name() const;
  std::string fingerprint() const;                                               // of facts, if they are used
  bool writes() const { return kind == MemoryKind::kWritten && facts.empty(); }  // needs the write adapter
};

void add_memory_options(CLI::App& command, EvalMemory& memory);
// REQUIRES: not kOff.
FactsOf facts_source(const EvalMemory& memory, const EvalModels& models);

}  // namespace memllm::cli
