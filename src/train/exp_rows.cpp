#include "train/exp_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MEMLLM_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MEMLLM_CLONES
#endif

namespace memllm {

namespace {

inline float to_float(float value) { return value; }

inline float to_float(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

inline void store(float value, float& target) { target = value; }

// Round to nearest; REQUIRES: finite.
inline void store(float value, std::uint16_t& target) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  target = static_cast<std::uint16_t>((bits + 0x8000u) >> 16);
}

// Inlined into each clone.
template <typename Value>
inline __attribute__((always_inline)) float exponentiate(Value* logits, std::int64_t count, RowSum& row) {
  float maximum = row.maximum;
  for (std::int64_t i = 0; i < count; ++i) maximum = std::max(maximum, to_float(logits[i]));
  float sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = std::exp(to_float(logits[i]) - maximum);
    sum += value;
    store(value, logits[i]);
  }
  const float factor = std::exp(row.maximum - maximum);
  row = {maximum, row.sum * factor + sum};
  return factor;
}

}  // namespace

MEMLLM_CLONES float exponentiate_piece(float* logits, std::int64_t count, RowSum& row) { return exponentiate(logits, count, row); }

MEMLLM_CLONES float exponentiate_piece(std::uint16_t* logits, std::int64_t count, RowSum& row) { return exponentiate(logits, count, row); }

}  // namespace memllm
