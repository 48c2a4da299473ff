// How a model is asked to answer from sentences: the text that is put before it, in training and at run time alike.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "language/language.h"
#include "memllm/sentence.h"

namespace memllm {

// The sentences in the order given, those of one document and heading together under a line that names both, a speaker before what he
// says. Headings that stand in that line already are left out.
std::string passages_text(std::span<const Sentence> sentences, const Language& language);

// The question after the passages, up to where the answer begins. asker: who "I" is in it; empty: nobody in particular.
std::string answer_question_text(const std::string& question, const std::string& asker, const Language& language);

// What the model writes then, up to the line's end: " yes", " not stated", or its parts, " Porto; Lisbon".
std::string answer_text(std::span<const std::string> parts, const Language& language);

}  // namespace memllm
