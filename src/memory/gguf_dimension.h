// The one number of a GGUF's header that a memory needs before it loads the model.
#pragma once

#include <cstddef>
#include <filesystem>

namespace memllm {

// The value of "<architecture>.embedding_length". Reads no further than to that key. Throws kIo, kModel. gguf.h would do it too, but
// prints what it does not like.
std::size_t gguf_dimension(const std::filesystem::path& file);

}  // namespace memllm
