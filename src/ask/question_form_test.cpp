#include "ask/question_form.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/english.h"

namespace memllm {
namespace {

QuestionForm form(const std::string& question) { return form_of(question, english()->words); }

TEST(QuestionForm, IsReadFromTheWords) {
  EXPECT_EQ(form("Who owns the mill?").kind, QuestionForm::Kind::kNames);
  EXPECT_EQ(form("Is Bo the owner of the mill?").kind, QuestionForm::Kind::kYesNo);
  EXPECT_FALSE(form("Is Bo the owner of the mill?").possibility);
  EXPECT_TRUE(form("Can Bo eat fish?").possibility);
  EXPECT_EQ(form("How many sons does Bo have?").kind, QuestionForm::Kind::kCount);
  EXPECT_EQ(form("How many sons does Bo have?").text, "which sons does Bo have?");
  EXPECT_TRUE(form("Who is the director?").present);
  EXPECT_FALSE(form("Who was the director?").present);
  EXPECT_TRUE(form("Who is the former director?").former);
  EXPECT_TRUE(form("Who is not a member?").negated);
}

TEST(QuestionForm, AYearIsTakenOutWithTheWordBeforeIt) {
  EXPECT_EQ(form("Who was the director of Corvin in 2018?").year, 2018);
  EXPECT_EQ(form("Who was the director of Corvin in 2018?").text, "Who was the director of Corvin?");
  EXPECT_EQ(form("Who in 2018 led it?").text, "Who led it?");
  EXPECT_EQ(form("Where is flight 31800?").year, std::nullopt);
}

TEST(QuestionForm, OpenedAYesNoQuestionAsksForTheMention) {
  const auto opened = opened_questions("Is Bo Lind the owner of the mill?", "Bo Lind", english()->words);
  EXPECT_NE(std::ranges::find(opened, "Who is the owner of the mill?"), opened.end());
  EXPECT_TRUE(opened_questions("Is Bo the owner?", "Ada", english()->words).empty());
}

TEST(QuestionForm, RelationsOfOtherKinPolarityOrTimeDoNotAnswer) {
  const auto may = [](const std::string& question, const std::string& relation, bool to_object) {
    const Hop hop{relation, to_object};
    const AskedEntity entity{"Timo", "Timo"};
    return relations_may_answer(form(question), question, std::span(&entity, 1), std::span(&hop, 1), *english());
  };
  EXPECT_TRUE(may("Who is Timo's mother?", "mother", true));
  EXPECT_FALSE(may("Who is Timo's father?", "mother", true));
  EXPECT_FALSE(may("Who is Timo's mother?", "mother", false));
  EXPECT_TRUE(may("Who is Timo's son?", "father", false));
  EXPECT_TRUE(may("Who is Timo's wife?", "spouse", true));
  EXPECT_FALSE(may("Who is the deputy mayor of Timo?", "mayor", true));
  EXPECT_FALSE(may("Who owns Timo?", "no longer owned by", true));
  EXPECT_FALSE(may("Who is Timo's employer?", "former employer", true));
  EXPECT_TRUE(may("Who was Timo's employer?", "former employer", true));
}

TEST(QuestionForm, WhatDidNotHoldThenIsLeftOut) {
  const auto match = [](const std::string& answer, const std::string& from, const std::string& to) {
    QueryMatch one;
    one.answer = answer;
    if (!from.empty()) one.fact.valid_from = from;
    if (!to.empty()) one.fact.valid_to = to;
    return one;
  };
  const auto kept = [&](const std::string& question) {
    std::vector<QueryMatch> matches = {match("Hana", "2015-01-01", "2021-06-30"), match("Ivo", "2021-07-01", ""), match("Ada", "", "")};
    keep_asked_time(matches, form(question), "2026-11-28");
    std::string names;
    for (const QueryMatch& one : matches) names += one.answer + ' ';
    return names;
  };
  EXPECT_EQ(kept("Who is the director?"), "Ivo Ada ");
  EXPECT_EQ(kept("Who was the director?"), "Hana Ivo Ada ");
  EXPECT_EQ(kept("Who was the director in 2018?"), "Hana ");
  EXPECT_EQ(kept("Who is the former director?"), "Hana ");
}

}  // namespace
}  // namespace memllm
