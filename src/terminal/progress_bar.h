// Progress of long work on standard error.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "memllm/options.h"
#include "terminal/terminal.h"

namespace memllm::cli {

enum class ProgressMode { kAuto, kAlways, kNever };  // kAuto: on a terminal only

// How long the rest takes at the pace since the first units were done: what came before them includes loading the model.
class TimeLeft {
 public:
  // Seconds; empty while there is no pace yet, or nothing left.
  std::optional<double> estimate(const Progress& progress, double elapsed_s);

 private:
  std::optional<std::size_t> first_done_;
  double first_s_ = 0;
};

// "learning [=====>    ] 12/40 sentences  57 facts, 3.2 facts/s, 0:42 left  notes.txt" at most width columns. unit: of Progress::done.
std::string progress_line(const std::string& verb, const std::string& unit, const Progress& progress, double elapsed_s,
                          std::optional<double> left_s, std::size_t width);

// On a terminal one line that is drawn over; elsewhere (kAlways) a line every two seconds. Thread rule: one thread.
class ProgressBar {
 public:
  ProgressBar(const Terminal& terminal, ProgressMode mode, std::string verb, std::string unit);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const Progress& progress);
  // Takes the line away, so that something else can be printed; the next show draws it again.
  void clear();
  double elapsed_s() const;

 private:
  using Clock = std::chrono::steady_clock;
  const Terminal& terminal_;
  bool shown_;  // at all
  bool drawn_ = false;
  std::string verb_, unit_;
  TimeLeft left_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_line_ = start_;
};

}  // namespace memllm::cli
