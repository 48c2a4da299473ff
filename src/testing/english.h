// The English language pack, for tests.
#pragma once

#include <memory>

#include "language/language.h"

namespace memllm {

inline const std::shared_ptr<const Language>& english() {
  static const std::shared_ptr<const Language> language = load_language("en");
  return language;
}

}  // namespace memllm
