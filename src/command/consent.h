// Consent to what cannot be undone.
#pragma once

#include <string>

#include "command/context.h"

namespace memllm::cli {

// Asks on a terminal whether what ("fact 12") may be removed for good. Throws kCancelled: the answer was no; kInvalidArgument: there is
// nobody to ask, and --yes was not given.
void require_consent(const Context& context, bool yes, const std::string& what);

}  // namespace memllm::cli
