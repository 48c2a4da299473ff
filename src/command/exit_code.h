// Exit codes of the program: the one place where kinds of errors become numbers (docs/cli.md).
#pragma once

#include <string>

#include "memllm/error.h"

namespace memllm::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitNotFound = 1;  // also: verify found problems
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConflict = 3;
inline constexpr int kExitModel = 4;
inline constexpr int kExitData = 5;  // the operating system refused, or stored data is damaged
inline constexpr int kExitUnsupported = 6;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitCancelled = 130;

int exit_code(ErrorKind kind);

// The table of --help, one line a code.
std::string exit_code_help();

}  // namespace memllm::cli
