// How work is cancelled: whoever is asked to stop throws Error(kCancelled) at the first place where nothing is left half done; what was
// done before stays where it was put. Memory's and Session's calls return that as a result instead, with what was done
// (docs/architecture.md).
#pragma once

#include <stop_token>
#include <string>

#include "memllm/error.h"

namespace memllm {

inline void throw_if_stopped(const std::stop_token& stop, const char* what = "the work was cancelled") {
  if (stop.stop_requested()) throw Error(ErrorKind::kCancelled, what);
}

}  // namespace memllm
