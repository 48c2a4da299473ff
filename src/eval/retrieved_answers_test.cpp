#include "eval/retrieved_answers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "memory/read_script.h"

namespace memllm {
namespace {

TEST(RetrievingAsk, TheBestSentencesStandBeforeTheQuestionTheBestLast) {
  const std::vector<RetrievableSentence> sentences = {
      {0, 0, "Ada Quill lives in Tessel ."}, {0, 1, "Ada Quill founded Norvane ."}, {0, 2, "Rain fell ."}};
  ReadScript script;
  // Only this prompt is answered.
  script.say("Ada Quill lives in Tessel .\nAda Quill founded Norvane .\nQuestion: Who founded Norvane: Ada?\nAnswer: The answer is",
             " Ada Quill\nQuestion: next");
  const auto format = std::make_shared<const CallFormat>(script.model(), ModelOptions{});
  const auto reader = std::make_shared<Reader>(script.model(), format, DecoderOptions{"", 1, 256}, MemoryView{});
  const AnswerFunction ask = retrieving_ask(reader, sentences, bm25_scores(sentences), 2, {});
  const QuestionAnswer answer = ask("Who founded Norvane: Ada?");
  EXPECT_EQ(answer.text, "Ada Quill");
  EXPECT_TRUE(answer.from_memory);

  const QuestionAnswer without = ask("Why?");
  EXPECT_EQ(without.text, "");
  EXPECT_FALSE(without.from_memory);
}

}  // namespace
}  // namespace memllm
