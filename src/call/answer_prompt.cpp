#include "call/answer_prompt.h"

#include <utility>

#include "base/name.h"

namespace memllm {
namespace {

std::string filled(std::string text, std::string_view placeholder, const std::string& value) {
  const std::size_t at = text.find(placeholder);
  return at == std::string::npos ? text : text.replace(at, placeholder.size(), value);
}

std::string over(const Sentence& sentence, const Language& language) {
  std::string text = sentence.title;
  if (!sentence.author.empty()) text += filled(language.prompts.passage_author, "{author}", sentence.author);
  if (!sentence.date.empty()) text += " (" + sentence.date + ")";
  if (!sentence.heading.empty()) text += " > " + sentence.heading;
  return text;
}

}  // namespace

std::string passages_text(std::span<const Sentence> sentences, const Language& language) {
  std::string text, last;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const Sentence& sentence = sentences[i];
    if (sentence.is_heading && i + 1 < sentences.size() && sentences[i + 1].document == sentence.document &&
        sentences[i + 1].heading.ends_with(clean_name(sentence.text))) {
      continue;
    }
    const std::string header = over(sentence, language);
    if (header != last) text += "# " + header + "\n";
    last = header;
    text += (sentence.speaker.empty() ? "" : sentence.speaker + ": ") + clean_name(sentence.text) + "\n";
  }
  return text;
}

std::string answer_question_text(const std::string& question, const std::string& asker, const Language& language) {
  return filled(asker.empty() ? language.prompts.sentence_question : filled(language.prompts.sentence_question_by, "{asker}", asker),
                "{question}", question);
}

std::string answer_text(std::span<const std::string> parts, const Language& language) {
  if (parts.empty()) return " " + language.prompts.not_stated;
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? " " : "; ") + part;
  return text;
}

}  // namespace memllm
