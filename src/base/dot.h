// The dot product of two vectors.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace memllm {

// Sixteen independent sums, so that the compiler may use vector instructions without reordering one float sum (-ffast-math).
inline float dot(const float* a, const float* b, std::size_t n) {
  constexpr std::size_t kLanes = 16;
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

// Of as many values as the shorter one has.
inline float dot(std::span<const float> a, std::span<const float> b) { return dot(a.data(), b.data(), std::min(a.size(), b.size())); }

}  // namespace memllm
