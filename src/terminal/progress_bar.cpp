#include "terminal/progress_bar.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "terminal/display.h"

namespace memllm::cli {
namespace {

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::clamp(seconds, 0.0, 359'999.0));
  char buffer[32];
  if (whole >= 3600) {
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld", whole / 60, whole % 60);
  }
  return buffer;
}

}  // namespace

std::optional<double> TimeLeft::estimate(const Progress& progress, double elapsed_s) {
  if (progress.done == 0) return std::nullopt;
  if (!first_done_) {
    first_done_ = progress.done;
    first_s_ = elapsed_s;
  }
  if (progress.done <= *first_done_ || progress.done >= progress.total) return std::nullopt;
  return (elapsed_s - first_s_) * static_cast<double>(progress.total - progress.done) / static_cast<double>(progress.done - *first_done_);
}

std::string progress_line(const std::string& verb, const std::string& unit, const Progress& progress, double elapsed_s,
                          std::optional<double> left_s, std::size_t width) {
  constexpr std::size_t kBar = 24;
  std::string line = verb;
  if (progress.total > 0) {
    const std::size_t filled = std::min(kBar, kBar * progress.done / progress.total);
    line += " [" + std::string(filled, '=');
    if (filled < kBar) line += ">" + std::string(kBar - filled - 1, ' ');
    line += "] " + std::to_string(progress.done) + "/" + std::to_string(progress.total);
  } else {
    line += " " + std::to_string(progress.done);
  }
  line += " " + unit;
  char rate[64];
  std::snprintf(rate, sizeof rate, ", %.1f facts/s", elapsed_s > 0 ? static_cast<double>(progress.facts) / elapsed_s : 0.0);
  if (progress.facts > 0) line += "  " + std::to_string(progress.facts) + " facts" + rate;
  if (left_s) line += ", " + clock_text(*left_s) + " left";
  if (!progress.what.empty()) line += "  " + printable(progress.what);
  return width == 0 ? line : cut_to_width(line, width);
}

ProgressBar::ProgressBar(const Terminal& terminal, ProgressMode mode, std::string verb, std::string unit)
    : terminal_(terminal),
      shown_(mode == ProgressMode::kAlways || (mode == ProgressMode::kAuto && terminal.is_terminal())),
      verb_(std::move(verb)),
      unit_(std::move(unit)) {}

ProgressBar::~ProgressBar() { clear(); }

double ProgressBar::elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

void ProgressBar::show(const Progress& progress) {
  if (!shown_) return;
  const double elapsed = elapsed_s();
  const std::optional<double> left = left_.estimate(progress, elapsed);
  if (terminal_.is_terminal()) {
    const std::size_t width = terminal_.width();
    std::cerr << "\r\033[K" << progress_line(verb_, unit_, progress, elapsed, left, width > 1 ? width - 1 : width) << std::flush;
    drawn_ = true;
    return;
  }
  constexpr std::chrono::seconds kBetweenLines{2};
  if (Clock::now() - last_line_ < kBetweenLines && progress.done < progress.total) return;
  last_line_ = Clock::now();
  std::cerr << progress_line(verb_, unit_, progress, elapsed, left, 0) << '\n';
}

void ProgressBar::clear() {
  if (!drawn_) return;
  std::cerr << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace memllm::cli
