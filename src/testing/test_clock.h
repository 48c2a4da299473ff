// A clock for tests, which need no sleeps then.
#pragma once

#include <cstdio>
#include <memory>

#include "memllm/options.h"

namespace memllm {

// One millisecond later at every call.
class TestClock {
 public:
  Timestamp now() {
    ++ticks_;
    char text[64];
    std::snprintf(text, sizeof text, "2026-01-01T%02d:%02d:%02d.%03dZ", ticks_ / 3'600'000 % 24, ticks_ / 60'000 % 60, ticks_ / 1'000 % 60,
                  ticks_ % 1'000);
    return text;
  }

 private:
  int ticks_ = 0;
};

// The same as a function that owns its state.
inline Clock ticking_clock() {
  return [clock = std::make_shared<TestClock>()] { return clock->now(); };
}

}  // namespace memllm
