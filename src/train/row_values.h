// Numbers of a tensor's rows for the loops that are compiled with -ffast-math: float, or bfloat16 as raw bits.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define MEMLLM_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MEMLLM_CLONES
#endif
// What each of the clones shall have a copy of.
#define MEMLLM_IN_CLONES inline __attribute__((always_inline))

namespace memllm {

MEMLLM_IN_CLONES float to_float(float value) { return value; }

MEMLLM_IN_CLONES float to_float(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

MEMLLM_IN_CLONES void store(float value, float& target) { target = value; }

// Round to nearest; REQUIRES: finite.
MEMLLM_IN_CLONES void store(float value, std::uint16_t& target) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  target = static_cast<std::uint16_t>((bits + 0x8000u) >> 16);
}

}  // namespace memllm
