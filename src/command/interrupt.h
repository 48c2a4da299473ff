// Ctrl-C for long work: the first SIGINT or SIGTERM asks to stop, the second ends the process at once with exit code 130.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace memllm::cli {

// REQUIRES: constructed before the threads of the work (they inherit that the signals are handled here), destroyed after them; one at a
// time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }

 private:
  void watch();

  std::stop_source stop_;
  sigset_t watched_{};
  sigset_t before_{};
  int signals_ = -1;  // signalfd
  int wake_ = -1;     // eventfd: the watcher ends
  std::thread watcher_;
};

}  // namespace memllm::cli
