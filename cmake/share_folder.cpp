// Compiled into every program that links the installed memllm::memllm: tells the library where it was installed.
#include "memllm/share_folder.h"

namespace {

[[maybe_unused]] const bool kAdded = memllm::add_share_folder(MEMLLM_INSTALLED_SHARE);

}  // namespace
