#include "read/repetition.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace memllm {
namespace {

// The sampler's usual values.
constexpr double kBase = 1.75;
constexpr std::size_t kAllowed = 2;  // tokens that may be repeated for nothing
constexpr std::size_t kLongest = 64;
constexpr const char* kBreakers = "\n:\"*";

}  // namespace

std::map<Token, double> repetition_penalties(std::span<const Token> text, double strength, const std::function<bool(Token)>& breaks) {
  std::map<Token, double> penalties;
  if (strength <= 0 || text.empty()) return penalties;
  const std::size_t last = text.size() - 1;
  for (std::size_t end = 0; end < last; ++end) {
    std::size_t same = 0;
    while (same <= end && same < kLongest && text[end - same] == text[last - same] && !breaks(text[last - same])) ++same;
    if (same < kAllowed) continue;
    double& penalty = penalties[text[end + 1]];
    penalty = std::max(penalty, strength * std::pow(kBase, static_cast<double>(same - kAllowed)));
  }
  return penalties;
}

void penalise_repetition(std::span<float> logits, std::span<const Token> text, double strength, const LanguageModel& model,
                         std::span<const Token> exempt) {
  const auto breaks = [&](Token token) { return model.piece(token).find_first_of(kBreakers) != std::string::npos; };
  for (const auto& [token, penalty] : repetition_penalties(text, strength, breaks)) {
    if (std::ranges::find(exempt, token) == exempt.end()) logits[static_cast<std::size_t>(token)] -= static_cast<float>(penalty);
  }
}

}  // namespace memllm
