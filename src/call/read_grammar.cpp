#include "call/read_grammar.h"

#include <algorithm>
#include <string>

namespace memllm {

ReadGrammar::ReadGrammar(const LanguageModel& model, const CallFormat& format, int max_queries, std::size_t max_tokens)
    : model_(model), format_(format), max_queries_(max_queries), max_tokens_(max_tokens), end_(format.read_end()) {}

void ReadGrammar::accept(Token token) {
  if (const auto state = next(token)) state_ = *state;
}

std::optional<ReadGrammar::State> ReadGrammar::next(Token token) const {
  auto state = after(state_, token);
  if (!state) return std::nullopt;
  ++state->used;
  if (state->used + tokens_to_close(*state) > max_tokens_) return std::nullopt;
  return state;
}

std::optional<ReadGrammar::State> ReadGrammar::after(State state, Token token) const {
  switch (state.part) {
    case Part::kSubject:
    case Part::kRelation:
      if (token == format_.field()) {
        if (state.part == Part::kRelation && state.part_tokens == 0) return std::nullopt;
        if (state.part == Part::kSubject) state.subject_given = state.part_tokens > 0;
        state.part = state.part == Part::kSubject ? Part::kRelation : Part::kObject;
        state.part_tokens = 0;
        return state;
      }
      if (!extends_name(state, token)) return std::nullopt;
      ++state.part_tokens;
      return state;
    case Part::kObject:
      return after_object(state, token);
    case Part::kEnd:
      if (state.end_matched < end_.size()) {
        if (token != end_[state.end_matched]) return std::nullopt;
        ++state.end_matched;
        return state;
      }
      if (token != format_.arrow()) return std::nullopt;
      state.part = Part::kDone;
      return state;
    case Part::kDone:
      break;
  }
  return std::nullopt;
}

std::optional<ReadGrammar::State> ReadGrammar::after_object(State state, Token token) const {
  if (state.subject_given) {
    if (token == format_.item()) return new_query(state);
    if (token != end_.front()) return std::nullopt;
    state.part = Part::kEnd;
    state.end_matched = 1;
    return state;
  }
  if (token == format_.item()) return state.part_tokens > 0 ? new_query(state) : std::nullopt;
  if (token == format_.arrow()) {
    if (state.end_matched < end_.size()) return std::nullopt;
    state.part = Part::kDone;
    return state;
  }
  const bool ends = state.part_tokens > 0 && token == end_[state.end_matched < end_.size() ? state.end_matched : 0];
  if (!ends && (!extends_name(state, token) || (state.part_tokens == 0 && token == end_.front()))) return std::nullopt;
  state.end_matched = ends ? state.end_matched % end_.size() + 1 : 0;
  ++state.part_tokens;
  return state;
}

std::optional<ReadGrammar::State> ReadGrammar::new_query(State state) const {
  if (state.queries >= max_queries_) return std::nullopt;
  return State{.queries = state.queries + 1, .used = state.used};
}

bool ReadGrammar::extends_name(const State& state, Token token) const {
  if (state.part_tokens >= kMaxNameTokens || format_.is_reserved(token)) return false;
  const std::string piece = model_.piece(token);
  if (std::any_of(piece.begin(), piece.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; })) return false;
  return state.part_tokens > 0 ? !piece.empty() : piece.find_first_not_of(' ') != std::string::npos;
}

std::size_t ReadGrammar::tokens_to_close(const State& state) const {
  const std::size_t end = end_.size() + 1;  // and the arrow
  const std::size_t name = state.part_tokens == 0 ? 1 : 0;
  switch (state.part) {
    case Part::kSubject:
      return name + 3 + end;
    case Part::kRelation:
      return name + 1 + (state.subject_given ? 0 : 1) + end;
    case Part::kObject:
      return state.subject_given ? end : name + end - std::min(state.end_matched, end_.size());
    case Part::kEnd:
      return end - state.end_matched;
    case Part::kDone:
      break;
  }
  return 0;
}

}  // namespace memllm
