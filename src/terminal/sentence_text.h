// Sentences for people.
#pragma once

#include <ostream>
#include <string>

#include "memllm/search.h"
#include "memllm/sentence.h"
#include "terminal/terminal.h"

namespace memllm::cli {

// A document's name for people: relative where it lies below the present folder. Printable.
std::string document_text(const std::string& name);
// "notes.txt, sentence 3 · Budget > Kitchen · Ada": where it stands, and what stands over it. Printable.
std::string place_text(const Sentence& sentence);

// The sentence with its neighbours, its place, and the facts that were read from it.
void print_hit(std::ostream& out, const SearchHit& hit, const Terminal& terminal);

}  // namespace memllm::cli
