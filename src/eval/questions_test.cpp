#include "eval/questions.h"

#include <gtest/gtest.h>

#include "memllm/error.h"
#include "testing/english.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

using test::norvane;

TEST(ScoreAnswer, IsSquads) {
  const std::vector<std::string> right{"Ada Quill", "Quill"};
  const AnswerScore exact = score_answer("The Ada Quill.", right);
  EXPECT_TRUE(exact.exact);
  EXPECT_TRUE(exact.contains);
  EXPECT_DOUBLE_EQ(exact.f1, 1);
  const AnswerScore sentence = score_answer("It was founded by Ada Quill in 1900", right);
  EXPECT_FALSE(sentence.exact);
  EXPECT_TRUE(sentence.contains);
  EXPECT_DOUBLE_EQ(sentence.f1, 2.0 * 2 / (8 + 2));
  EXPECT_FALSE(score_answer("Quillon", right).contains);
  EXPECT_FALSE(score_answer("", right).exact);
  EXPECT_FALSE(score_answer("anything", {}).contains);
  EXPECT_FALSE(score_answer("the", std::vector<std::string>{"the"}).exact);  // nothing is left of it
}

struct Fixture {
  std::vector<DocRedDocument> documents{norvane(), norvane()};
  QuestionMaker maker{documents, QuestionTemplateTable(english()->folder), Phrasing::kTest};
  std::size_t asked = 0;
  // Knows founders only.
  AnswerFunction ask = [this](const DocRedDocument&, const Question& question) {
    ++asked;
    for (const Question& known : maker.about(documents[0], 100)) {
      if (known.text == question.text && known.kind == QuestionKind::kSingleHop && known.facts[0].relation == "founder")
        return QuestionAnswer{"Ada Quill", true};
    }
    return QuestionAnswer{"Ada Quill", false};
  };
};

TEST(EvaluateQuestions, CountsByKindAndAGuessIsNoAnswer) {
  Fixture fixture;
  QuestionsOptions options;
  options.per_document = 100;
  const QuestionsResult result = evaluate_questions(fixture.ask, fixture.maker, std::span(fixture.documents).first(1), options);
  const QuestionCounts& single = result[static_cast<std::size_t>(QuestionKind::kSingleHop)];
  EXPECT_EQ(single.asked, 6U);
  EXPECT_EQ(single.exact, 1U);
  EXPECT_EQ(single.from_memory, 1U);
  EXPECT_DOUBLE_EQ(single.f1_sum, 1);
  EXPECT_EQ(result[static_cast<std::size_t>(QuestionKind::kUnanswerable)].from_memory, 0U);
}

TEST(EvaluateQuestions, KnownResultsAreAddedAndNotAskedAgain) {
  Fixture fixture;
  QuestionsOptions options;
  std::map<std::size_t, QuestionsResult> measured;
  options.on_document = [&](std::size_t i, const QuestionsResult& one, std::span<const AskedQuestion>) { measured[i] = one; };
  const QuestionsResult whole = evaluate_questions(fixture.ask, fixture.maker, fixture.documents, options);
  const std::size_t asked = fixture.asked;
  options.known = {{0, measured.at(0)}};
  fixture.asked = 0;
  const QuestionsResult rest = evaluate_questions(fixture.ask, fixture.maker, fixture.documents, options);
  EXPECT_LT(fixture.asked, asked);
  for (std::size_t kind = 0; kind < whole.size(); ++kind) {
    EXPECT_EQ(rest[kind].asked, whole[kind].asked);
    EXPECT_EQ(rest[kind].exact, whole[kind].exact);
  }
}

TEST(EvaluateQuestions, CancellingThrows) {
  Fixture fixture;
  std::stop_source source;
  source.request_stop();
  QuestionsOptions options;
  options.stop = source.get_token();
  EXPECT_THROW((void)evaluate_questions(fixture.ask, fixture.maker, fixture.documents, options), Error);
}

TEST(EvaluateQuestions, AnAnswerThatIsCutShortIsNotKept) {
  Fixture fixture;
  QuestionsOptions options;
  (void)evaluate_questions(fixture.ask, fixture.maker, std::span(fixture.documents).first(1), options);
  const std::size_t last = fixture.asked;
  std::stop_source source;
  options.stop = source.get_token();
  std::size_t kept = 0;
  options.on_document = [&](std::size_t, const QuestionsResult&, std::span<const AskedQuestion>) { ++kept; };
  fixture.asked = 0;
  const AnswerFunction interrupted = [&](const DocRedDocument& document, const Question& question) {
    QuestionAnswer answer = fixture.ask(document, question);
    if (fixture.asked == last) source.request_stop();
    return answer;
  };
  EXPECT_THROW((void)evaluate_questions(interrupted, fixture.maker, std::span(fixture.documents).first(1), options), Error);
  EXPECT_EQ(kept, 0U);
}

}  // namespace
}  // namespace memllm
