#include "base/file_fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;

struct StateDeleter {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

// The same digits as content_hash of the whole file (a test compares them), without holding the file in memory.
std::string file_fingerprint(const std::filesystem::path& file) {
  if (file.empty()) return "";
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed)) {
    throw Error(ErrorKind::kNotFound, "there is no file '" + file.string() + "'");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorKind::kIo, "cannot open '" + file.string() + "' for reading");
  const std::unique_ptr<XXH3_state_t, StateDeleter> state(XXH3_createState());
  if (!state || XXH3_128bits_reset(state.get()) != XXH_OK) throw Error(ErrorKind::kInternal, "cannot start a hash");
  std::vector<char> block(kBlockBytes);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    XXH3_128bits_update(state.get(), block.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw Error(ErrorKind::kIo, "cannot read '" + file.string() + "'");
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return digits.data();
}

}  // namespace memllm
