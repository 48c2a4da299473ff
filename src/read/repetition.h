// What the text would repeat is made less likely, so that greedy text does not go round in circles: the rule of llama.cpp's DRY sampler
// ("don't repeat yourself").
#pragma once

#include <functional>
#include <map>
#include <span>

#include "llm/language_model.h"

namespace memllm {

// What to take from the logits of tokens that would go on with what follows an earlier occurrence of the text's end: strength × 1.75^(n −
// 2) where the last n ≥ 2 tokens stood there before. No occurrence goes over a token that breaks (a line's end, a quotation mark).
std::map<Token, double> repetition_penalties(std::span<const Token> text, double strength, const std::function<bool(Token)>& breaks);

// The same on a row of logits, but for exempt tokens: names that a call returned may be said again.
void penalise_repetition(std::span<float> logits, std::span<const Token> text, double strength, const LanguageModel& model,
                         std::span<const Token> exempt);

}  // namespace memllm
