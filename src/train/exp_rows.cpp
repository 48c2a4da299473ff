#include "train/exp_rows.h"

#include <cmath>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MEMLLM_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MEMLLM_CLONES
#endif

namespace memllm {

namespace {

inline float to_float(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

// Round to nearest; REQUIRES: finite.
inline std::uint16_t to_bfloat16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<std::uint16_t>((bits + 0x8000u) >> 16);
}

}  // namespace

MEMLLM_CLONES float exponentiate_row(std::uint16_t* logits, std::int64_t count, float* sum) {
  float maximum = to_float(logits[0]);
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = to_float(logits[i]);
    maximum = value > maximum ? value : maximum;
  }
  float total = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = std::exp(to_float(logits[i]) - maximum);
    total += value;
    logits[i] = to_bfloat16(value);
  }
  *sum = total;
  return maximum + std::log(total);
}

}  // namespace memllm
