// Documents as people name them.
#pragma once

#include <string>

#include "memllm/memory.h"

namespace memllm::cli {

// The full name of the document that is meant: called so, or standing at this path, or the only one whose name ends so. Throws kNotFound:
// none, or several (the message lists them).
std::string required_document(const Memory& memory, const std::string& given);

}  // namespace memllm::cli
