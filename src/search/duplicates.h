// Entities of the memory that are likely one: the same name written in another way, a short form, a typing error.
#pragma once

#include <string>
#include <vector>

#include "language/words.h"
#include "memllm/duplicate.h"
#include "store/store.h"

namespace memllm {

// Contract of Memory::duplicates.
std::vector<DuplicateEntities> duplicate_entities(const Store& store, const Words& language);

}  // namespace memllm
