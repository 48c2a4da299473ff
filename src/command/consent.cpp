#include "command/consent.h"

#include <unistd.h>

#include <iostream>

#include "memllm/error.h"

namespace memllm::cli {

void require_consent(const Context& context, bool yes, const std::string& what) {
  if (yes) return;
  if (context.global.json || isatty(STDIN_FILENO) == 0 || !context.err.is_terminal()) {
    throw Error(ErrorKind::kInvalidArgument, "this would remove " + what + " for good; say --yes to do it");
  }
  std::cerr << "Remove " << what << " for good? This cannot be undone. [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "Y" && answer != "yes") throw Error(ErrorKind::kCancelled, "nothing was removed");
}

}  // namespace memllm::cli
