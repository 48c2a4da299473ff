// A completion with its reads made visible: which words came with which facts.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "memllm/completion.h"
#include "terminal/terminal.h"

namespace memllm::cli {

// A name that a call returned and that the text then used.
struct Mark {
  Span span;             // bytes of Completion::text
  std::size_t call = 0;  // index into Completion::calls
  bool operator==(const Mark&) const = default;
};

// For every kept call, the first place of each returned name in the text that was generated with it; in the text's order, without overlap.
std::vector<Mark> find_marks(const Completion& completion);

// Number in raised digits: 12 → "¹²".
std::string footnote_number(std::size_t number);

// "… born in [London]¹ …"; footnote numbers count the calls with marks from 1.
std::string marked_text(const Completion& completion, const std::vector<Mark>& marks, const Terminal& terminal);
// One footnote for each mark: what was asked, the facts with their sentences, what else the call asked with the same answer; then the names
// of every kept call that the text did not use.
void print_footnotes(std::ostream& out, const Completion& completion, const std::vector<Mark>& marks, const Terminal& terminal);

}  // namespace memllm::cli
