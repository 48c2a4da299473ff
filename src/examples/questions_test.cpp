#include "examples/questions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "examples/question_templates.h"
#include "testing/english.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

using test::norvane;

std::vector<Question> of_kind(const std::vector<Question>& questions, QuestionKind kind) {
  std::vector<Question> result;
  std::copy_if(questions.begin(), questions.end(), std::back_inserter(result), [kind](const Question& q) { return q.kind == kind; });
  return result;
}

TEST(QuestionMaker, SingleHopsAskForEveryLabelOnceAndKnowItsAnswers) {
  const std::vector<DocRedDocument> documents{norvane()};
  const auto questions =
      of_kind(QuestionMaker(documents, QuestionTemplateTable(english()->folder), Phrasing::kTest).about(documents[0], 100),
              QuestionKind::kSingleHop);
  ASSERT_EQ(questions.size(), 6U);
  const auto founder =
      std::find_if(questions.begin(), questions.end(), [](const Question& q) { return q.facts.at(0).relation == "founder"; });
  ASSERT_NE(founder, questions.end());
  EXPECT_NE(founder->text.find("Norvane"), std::string::npos);
  EXPECT_EQ(founder->answers, (std::vector<std::string>{"Ada Quill", "Quill"}));
  const QuestionTemplateTable table(english()->folder);
  const QuestionTemplates* templates = table.find("founder");
  const auto is_of = [&](std::string_view text) { return fill_template(text, "Norvane") == founder->text; };
  EXPECT_EQ(std::count_if(templates->object_questions.begin(), templates->object_questions.begin() + 3, is_of), 0);
  EXPECT_EQ(std::count_if(templates->object_questions.begin() + 3, templates->object_questions.end(), is_of), 1);
}

TEST(QuestionMaker, TwoHopsGoThroughAnEntityThatTheyDoNotName) {
  const std::vector<DocRedDocument> documents{norvane()};
  const auto questions =
      of_kind(QuestionMaker(documents, QuestionTemplateTable(english()->folder), Phrasing::kTraining).about(documents[0], 100),
              QuestionKind::kTwoHop);
  ASSERT_FALSE(questions.empty());
  for (const Question& question : questions) {
    ASSERT_EQ(question.facts.size(), 2U);
    EXPECT_EQ(question.facts[0].object, question.facts[1].subject);
    EXPECT_EQ(question.text.find(question.facts[1].subject), std::string::npos) << question.text;
    EXPECT_NE(question.text.find(question.facts[0].subject), std::string::npos) << question.text;
  }
}

TEST(QuestionMaker, UnanswerableOnesAreAboutWhatNoDocumentSays) {
  std::vector<DocRedDocument> documents{norvane(), norvane()};
  documents[1].title = "Another";
  for (auto& mention : documents[1].entities[1]) mention.name = "Zorn";
  documents[1].labels.push_back({1, 4, "headquarters location", {}});  // of Zorn, not of Norvane
  const auto questions =
      of_kind(QuestionMaker(documents, QuestionTemplateTable(english()->folder), Phrasing::kTest).about(documents[0], 100),
              QuestionKind::kUnanswerable);
  ASSERT_FALSE(questions.empty());
  bool asks_norvane = false;
  for (const Question& question : questions) {
    EXPECT_TRUE(question.answers.empty());
    asks_norvane = asks_norvane || question.text.find("Norvane") != std::string::npos;
  }
  EXPECT_TRUE(asks_norvane);
}

TEST(QuestionMaker, WhatAnotherDocumentSaysOfTheSameNameIsRightToo) {
  std::vector<DocRedDocument> documents{norvane(), norvane()};
  documents[1].entities[0][0].name = "Cy Marl";
  const auto questions =
      of_kind(QuestionMaker(documents, QuestionTemplateTable(english()->folder), Phrasing::kTest).about(documents[0], 100),
              QuestionKind::kSingleHop);
  for (const Question& question : questions) {
    if (question.facts[0].relation == "founder") {
      EXPECT_EQ(question.answers, (std::vector<std::string>{"Ada Quill", "Cy Marl", "Quill"}));
    }
  }
}

TEST(QuestionMaker, TooManyAnswersAreNotAskedFor) {
  DocRedDocument document = norvane();
  document.labels = {{1, 0, "member of", {}}, {1, 2, "member of", {}}, {1, 3, "member of", {}}, {1, 4, "member of", {}}};
  const std::vector<DocRedDocument> documents{document};
  EXPECT_TRUE(of_kind(QuestionMaker(documents, QuestionTemplateTable(english()->folder), Phrasing::kTest).about(document, 100),
                      QuestionKind::kSingleHop)
                  .empty());
}

TEST(QuestionMaker, TheChoiceIsTheSeedsAndTheCountsAreKept) {
  const std::vector<DocRedDocument> documents{norvane()};
  const QuestionMaker maker(documents, QuestionTemplateTable(english()->folder), Phrasing::kTest);
  const auto texts = [&](std::uint64_t seed) {
    std::vector<std::string> result;
    for (const Question& question : maker.about(documents[0], 2, seed)) result.push_back(question.text);
    return result;
  };
  EXPECT_EQ(texts(1), texts(1));
  bool differs = false;
  for (std::uint64_t seed = 2; seed < 8; ++seed) differs = differs || texts(seed) != texts(1);
  EXPECT_TRUE(differs);
  EXPECT_LE(texts(1).size(), 6U);
}

}  // namespace
}  // namespace memllm
