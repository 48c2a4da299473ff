#include "ask/sentence_answerer.h"

#include <utility>

#include "base/cancellation.h"
#include "base/name.h"
#include "call/answer_grammar.h"
#include "call/answer_prompt.h"
#include "llm/logits.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxAnswerTokens = 64;

}  // namespace

SentenceAnswerer::SentenceAnswerer(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const Language& language,
                                   const DecoderOptions& decoder)
    : model_(std::move(model)), format_(std::move(format)), language_(language), options_(decoder) {}

// REQUIRES: the decoder holds the context; it does again afterwards.
double SentenceAnswerer::log_probability_of(const std::vector<Token>& context, const std::string& text) {
  const std::vector<Token> tokens = format_->text_tokens(text);
  double sum = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    sum += log_probability(decoder_->logits(0), tokens[i]);
    if (i + 1 < tokens.size()) {
      const DecodeItem item{0, std::span(tokens).subspan(i, 1), LogitsWanted::kLast};
      decoder_->decode(std::span(&item, 1));
    }
  }
  decode_with_prefix_reuse(*decoder_, 0, context);
  return sum;
}

SentenceAnswer SentenceAnswerer::answer(const std::string& question, const std::string& asker, std::span<const Sentence> sentences,
                                        const std::stop_token& stop) {
  SentenceAnswer answer;
  if (sentences.empty()) return answer;
  if (!decoder_) decoder_ = model_->make_decoder(options_);
  std::vector<Token> context;
  for (std::size_t count = sentences.size(); count > 0; --count) {
    context.clear();
    if (model_->bos() >= 0) context.push_back(model_->bos());
    for (const std::string& text : {passages_text(sentences.first(count), language_), answer_question_text(question, asker, language_)}) {
      for (const Token token : format_->text_tokens(text)) context.push_back(token);
    }
    sentences = sentences.first(count);
    if (context.size() + kMaxAnswerTokens <= decoder_->max_tokens()) break;
  }
  if (context.size() + kMaxAnswerTokens > decoder_->max_tokens()) return answer;
  throw_if_stopped(stop);
  decode_with_prefix_reuse(*decoder_, 0, context);
  const std::string not_stated = " " + language_.prompts.not_stated + "\n";
  const Token first_of_not_stated = format_->text_tokens(not_stated).front();
  answer.not_stated = log_probability_of(context, not_stated);
  std::string lines;
  for (const Sentence& sentence : sentences) lines += clean_name(sentence.text) + '\n';
  // The best that can be said otherwise: whether it is more likely than "not stated" is for the caller to judge by the two probabilities.
  AnswerGrammar grammar(lines, {language_.prompts.yes, language_.prompts.no});
  for (std::size_t i = 0; i < kMaxAnswerTokens && !grammar.is_over(); ++i) {
    throw_if_stopped(stop);
    const auto row = decoder_->logits(0);
    const Token token = best_token(row, [&](Token candidate) {
      // A sentence may hold "not": greedy choice must not take the beginning of "not stated" for a copy of that.
      if (i == 0 && candidate == first_of_not_stated) return false;
      return !format_->is_marker(candidate) && !model_->is_control(candidate) && grammar.admits(model_->piece(candidate));
    });
    if (token < 0) return answer;
    answer.log_probability += log_probability(row, token);
    grammar.append(model_->piece(token));
    if (grammar.is_over()) break;
    const DecodeItem item{0, std::span(&token, 1), LogitsWanted::kLast};
    decoder_->decode(std::span(&item, 1));
  }
  if (!grammar.is_over()) return answer;
  constexpr SentenceAnswer::Kind kFixed[] = {SentenceAnswer::Kind::kYes, SentenceAnswer::Kind::kNo};
  answer.kind = grammar.fixed() >= 0 ? kFixed[grammar.fixed()] : SentenceAnswer::Kind::kSpans;
  answer.spans = grammar.spans();
  return answer;
}

}  // namespace memllm
