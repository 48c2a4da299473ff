#include "command/exit_code.h"

#include "memllm/error.h"

namespace memllm::cli {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return kExitUsage;
    case ErrorKind::kNotFound:
      return kExitNotFound;
    case ErrorKind::kConflict:
      return kExitConflict;
    case ErrorKind::kUnsupported:
      return kExitUnsupported;
    case ErrorKind::kCorrupt:
    case ErrorKind::kIo:
      return kExitData;
    case ErrorKind::kModel:
      return kExitModel;
    case ErrorKind::kCancelled:
      return kExitCancelled;
    case ErrorKind::kInternal:
      return kExitInternal;
  }
  return kExitInternal;
}

std::string exit_code_help() {
  return "Exit codes:\n"
         "  0    done\n"
         "  1    not found (a file, a fact, an entity), or `verify` found problems\n"
         "  2    usage: an unknown flag, a bad value, input that cannot be read as its format\n"
         "  3    conflict: the memory's state forbids it (another embedder, a retracted fact)\n"
         "  4    a model or adapter is missing, cannot be loaded or run\n"
         "  5    the operating system refused, or stored data is damaged\n"
         "  6    this build cannot do it\n"
         "  70   a defect of the program\n"
         "  130  stopped by Ctrl-C; what was complete is kept\n";
}

}  // namespace memllm::cli
