#include "command/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "command/exit_code.h"
#include "memllm/error.h"

namespace memllm::cli {

Interrupt::Interrupt() {
  sigemptyset(&watched_);
  sigaddset(&watched_, SIGINT);
  sigaddset(&watched_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  signals_ = signalfd(-1, &watched_, SFD_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || wake_ < 0) {
    if (signals_ >= 0) close(signals_);
    if (wake_ >= 0) close(wake_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    throw Error(ErrorKind::kIo, "cannot watch for Ctrl-C: no file descriptor is left; close other programs or raise `ulimit -n`");
  }
  watcher_ = std::thread([this] { watch(); });
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  watcher_.join();
  close(signals_);
  close(wake_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::watch() {
  for (;;) {
    pollfd files[2] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(files, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (files[1].revents != 0) return;
    signalfd_siginfo info;
    if (read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (stop_.stop_requested()) _exit(kExitCancelled);
    constexpr std::string_view kNote = "\nmemllm: stopping; Ctrl-C again ends at once\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kNote.data(), kNote.size());
    stop_.request_stop();
  }
}

}  // namespace memllm::cli
