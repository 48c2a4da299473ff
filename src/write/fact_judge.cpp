#include "write/fact_judge.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/cancellation.h"
#include "base/name.h"
#include "call/answer_prompt.h"
#include "llm/logits.h"

namespace memllm {
namespace {

constexpr double kCertain = 100;  // log-odds: a sentence too long to be read is not found to state anything

}  // namespace

FactJudge::FactJudge(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const Language& language,
                     const DecoderOptions& decoder)
    : model_(std::move(model)), format_(std::move(format)), language_(language), options_(decoder) {}

std::string FactJudge::question_for(const Triple& fact) const {
  const Name relation(fact.relation);
  const RelationWordings* own = language_.wordings.find(relation);
  const auto has_question = [](const RelationWordings& wordings) { return !wordings.of(WordingKind::kObjectQuestion).empty(); };
  const RelationWordings wordings = own != nullptr && has_question(*own) ? *own : language_.wordings.generic(relation);
  std::string question = wordings.of(WordingKind::kObjectQuestion).front();
  return question.replace(question.find(kNamePlaceholder), std::string_view(kNamePlaceholder).size(), fact.subject);
}

double FactJudge::operator()(std::span<const Sentence> sentences, const Triple& fact, const std::stop_token& stop) {
  throw_if_stopped(stop);
  if (!decoder_) decoder_ = model_->make_decoder(options_);
  const std::vector<Token> asked = format_->text_tokens(answer_question_text(question_for(fact), {}, language_));
  const std::string object = clean_name(fact.object);
  const std::vector<Token> answer = format_->text_tokens(answer_text(std::span(&object, 1), language_) + "\n");
  std::vector<Token> tokens;
  for (; !sentences.empty(); sentences = sentences.subspan(1)) {
    tokens.clear();
    if (model_->bos() >= 0) tokens.push_back(model_->bos());
    for (const Token token : format_->text_tokens(passages_text(sentences, language_))) tokens.push_back(token);
    if (tokens.size() + asked.size() + answer.size() <= decoder_->max_tokens()) break;
  }
  if (sentences.empty()) return -kCertain;
  tokens.insert(tokens.end(), asked.begin(), asked.end());
  decode_with_prefix_reuse(*decoder_, 0, tokens);
  const Token not_stated = format_->text_tokens(answer_text({}, language_)).front();
  double log_odds = log_probability(decoder_->logits(0), answer.front()) - log_probability(decoder_->logits(0), not_stated);
  const DecodeItem item{0, std::span(answer).first(answer.size() - 1), LogitsWanted::kAll};
  decoder_->decode(std::span(&item, 1));
  for (std::size_t i = 1; i + 1 < answer.size(); ++i) log_odds += log_probability(decoder_->logits(0, i - 1), answer[i]);
  const auto end = decoder_->logits(0, answer.size() - 2);
  double ends = std::exp(log_probability(end, answer.back()));
  // It may be the first of several.
  const std::vector<Token> listed = format_->text_tokens(answer_text(std::vector<std::string>{object, object}, language_));
  if (listed.size() >= answer.size() && std::equal(answer.begin(), answer.end() - 1, listed.begin())) {
    ends += std::exp(log_probability(end, listed[answer.size() - 1]));
  }
  return std::max(-kCertain, log_odds + std::log(ends));
}

}  // namespace memllm
