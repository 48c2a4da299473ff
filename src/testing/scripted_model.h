// A model for tests: tokens are words, and a function says what comes next. The second implementation of LanguageModel.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "llm/language_model.h"

namespace memllm {

// Splits text as: a run of spaces before a word belongs to the word; each of "({", "})", "-->", ">>", ";" and every other punctuation
// character is a token of its own, letters and digits run together. Any text round-trips. Unknown words get new ids on first sight.
class ScriptedModel final : public LanguageModel {
 public:
  // Preference for the next token after the tokens so far, as text: best first ("" is end of text). The first gets logit 10, the
  // next 9, …; all others 0. Called with the adapter's path as given in DecoderOptions.
  using Next = std::function<std::vector<std::string>(const std::string& adapter, const std::string& text_so_far)>;

  explicit ScriptedModel(Next next);
  ~ScriptedModel() override;
  std::string fingerprint() const override;
  std::size_t vocabulary() const override;  // fixed: 4,096
  Token bos() const override;
  Token eos() const override;
  std::vector<Token> tokenize(std::string_view text) const override;
  std::string piece(Token token) const override;
  bool is_control(Token token) const override;
  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace memllm
