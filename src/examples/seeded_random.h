// Random choices that are the same on every machine (the standard's distributions are not).
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace memllm {

class SeededRandom {
 public:
  // key: what the choices are for (a document's title), so that they do not depend on the documents before it.
  SeededRandom(std::uint64_t seed, std::string_view key) : engine_(mix(seed, key)) {}

  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }  // [0, 1)
  bool chance(double probability) { return uniform() < probability; }
  // [0, count). REQUIRES: count > 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }

 private:
  // FNV-1a over the key, started from the seed.
  static std::uint64_t mix(std::uint64_t seed, std::string_view key) {
    std::uint64_t hash = 14695981039346656037ULL ^ (seed * 0x9E3779B97F4A7C15ULL);
    for (const unsigned char byte : key) hash = (hash ^ byte) * 1099511628211ULL;
    return hash;
  }

  std::mt19937_64 engine_;
};

}  // namespace memllm
