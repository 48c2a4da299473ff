#include "eval/retrieved_answers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/english.h"
#include "testing/read_script.h"

namespace memllm {
namespace {

Question question(const std::string& text, std::vector<int> evidence = {}) {
  Question question;
  question.text = text;
  question.evidence = std::move(evidence);
  return question;
}

TEST(RetrievingAsk, TheBestSentencesStandBeforeTheQuestionTheBestLast) {
  const std::vector<RetrievableSentence> sentences = {
      {0, 0, "Ada Quill lives in Tessel ."}, {0, 1, "Ada Quill founded Norvane ."}, {0, 2, "Rain fell ."}};
  ReadScript script;
  // Only this prompt is answered.
  script.say("Ada Quill lives in Tessel .\nAda Quill founded Norvane .\nQuestion: Who founded Norvane: Ada?\nAnswer: The answer is",
             " Ada Quill\nQuestion: next");
  const auto format = std::make_shared<const CallFormat>(script.model(), ModelOptions{});
  const auto reader = std::make_shared<Reader>(script.model(), format, DecoderOptions{"", 1, 256}, MemoryView{});
  const AnswerFunction ask = retrieving_ask(reader, english(), sentences, bm25_scores(sentences), 2, {});
  const QuestionAnswer answer = ask({}, question("Who founded Norvane: Ada?"));
  EXPECT_EQ(answer.text, "Ada Quill");
  EXPECT_TRUE(answer.from_memory);

  const QuestionAnswer without = ask({}, question("Why?"));
  EXPECT_EQ(without.text, "");
  EXPECT_FALSE(without.from_memory);
}

TEST(EvidenceAsk, TheLabelsSentencesStandBeforeTheQuestion) {
  DocRedDocument document;
  document.sentences = {{"Rain", "fell", "."}, {"Ada", "lives", "in", "Tessel", "."}, {"Ada", "founded", "Norvane", "."}};
  ReadScript script;
  script.say("Ada lives in Tessel .\nAda founded Norvane .\nQuestion: Who?\nAnswer: The answer is", " Ada\nQuestion: next");
  script.say("Question: Who?\nAnswer: The answer is", " Bo\nQuestion: next");
  const auto format = std::make_shared<const CallFormat>(script.model(), ModelOptions{});
  const auto reader = std::make_shared<Reader>(script.model(), format, DecoderOptions{"", 1, 256}, MemoryView{});
  const QuestionAnswer answer = evidence_ask(reader, english(), 2, {})(document, question("Who?", {1, 2}));
  EXPECT_EQ(answer.text, "Ada");
  EXPECT_TRUE(answer.from_memory);
  EXPECT_FALSE(evidence_ask(reader, english(), 2, {})(document, question("Who?")).from_memory);
  const QuestionAnswer guess = guessing_ask(reader, english(), {})(document, question("Who?", {1}));
  EXPECT_EQ(guess.text, "Bo");
  EXPECT_TRUE(guess.from_memory);
}

}  // namespace
}  // namespace memllm
