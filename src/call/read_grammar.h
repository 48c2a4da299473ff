// Decoding rule: the query part of a read call, s >> t >> ; >> t >> o ) -->, cannot go wrong in form.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "call/call_format.h"
#include "llm/language_model.h"

namespace memllm {

// A state machine over the tokens that follow the header. Every query has a relation and exactly one of subject and object; the whole
// can always be closed within max_tokens. A ")" may belong to an object's name: only the arrow behind it ends the query.
class ReadGrammar {
 public:
  static constexpr std::size_t kMaxNameTokens = 48;
  // Fewer tokens than this may not hold a query.
  static constexpr std::size_t kMinTokens = 16;

  ReadGrammar(const LanguageModel& model, const CallFormat& format, int max_queries, std::size_t max_tokens);

  bool allows(Token token) const { return next(token).has_value(); }
  // REQUIRES: allows(token).
  void accept(Token token);
  bool done() const { return state_.part == Part::kDone; }

 private:
  enum class Part { kSubject, kRelation, kObject, kEnd, kDone };
  struct State {
    Part part = Part::kSubject;
    bool subject_given = false;
    std::size_t part_tokens = 0;  // of the name now written
    std::size_t end_matched = 0;  // tokens of end_ at the tail
    int queries = 1;
    std::size_t used = 0;
  };

  std::optional<State> next(Token token) const;
  std::optional<State> after(State state, Token token) const;
  std::optional<State> after_object(State state, Token token) const;
  std::optional<State> new_query(State state) const;
  bool extends_name(const State& state, Token token) const;
  // Tokens of the shortest way to the end.
  std::size_t tokens_to_close(const State& state) const;

  const LanguageModel& model_;
  const CallFormat& format_;
  int max_queries_;
  std::size_t max_tokens_;
  std::vector<Token> end_;  // ")", between the last name and the arrow
  State state_;
};

}  // namespace memllm
