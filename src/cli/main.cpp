#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cli/app.h"

namespace {

// The model's threads, OpenMP's, wait for each other many times a token. With other work on the machine a thread that spins while it waits
// takes the core that the others need (a token took 1,875 ms instead of 45 ms), so they shall sleep. OpenMP reads the variable when it is
// loaded, before main: where it is not set, the program starts itself once more with it.
void wait_passively(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || setenv("OMP_WAIT_POLICY", "PASSIVE", 1) != 0) return;
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (ignored || !std::filesystem::equivalent(program, "/proc/self/exe", ignored)) return;  // it was replaced or removed since
  execv(program.c_str(), argv);  // comes back only if it failed: then the threads spin
}

}  // namespace

int main(int argc, char** argv) {
  wait_passively(argv);
  return memllm::cli::run(std::vector<std::string>(argv + 1, argv + argc));
}
