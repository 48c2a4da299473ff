#include "data/question_templates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "data/docred.h"
#include "memllm/error.h"
#include "memory/relation_wordings.h"

namespace memllm {
namespace {

std::vector<std::string_view> all_texts(const QuestionTemplates& templates) {
  std::vector<std::string_view> texts(templates.object_questions.begin(), templates.object_questions.end());
  texts.insert(texts.end(), templates.object_phrases.begin(), templates.object_phrases.end());
  return texts;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// Its words in lower case, without articles.
std::set<std::string> telling_words(std::string_view text) {
  std::istringstream stream(lower_case(std::string(text)));
  std::set<std::string> words;
  for (std::string word; stream >> word;) {
    if (word != "a" && word != "an" && word != "the") words.insert(word);
  }
  return words;
}

TEST(QuestionTemplates, StandForEachRelationOfDocRedSortedByName) {
  std::set<std::string> expected;
  for (const auto& [id, name] : docred_relation_names()) expected.insert(name);
  std::vector<std::string> relations;
  for (const QuestionTemplates& templates : question_templates()) relations.emplace_back(templates.relation);
  EXPECT_EQ(relations, std::vector<std::string>(expected.begin(), expected.end()));
}

TEST(QuestionTemplates, AreFoundByRelation) {
  for (const QuestionTemplates& templates : question_templates()) EXPECT_EQ(find_question_templates(templates.relation), &templates);
  for (const char* unknown : {"", "capita", "capital o", "Capital", "zebra"})
    EXPECT_EQ(find_question_templates(unknown), nullptr) << unknown;
}

TEST(QuestionTemplates, HaveOnePlaceForTheName) {
  for (const QuestionTemplates& templates : question_templates()) {
    for (const std::string_view text : all_texts(templates)) {
      const auto slot = text.find("{}");
      ASSERT_NE(slot, std::string_view::npos) << templates.relation << ": " << text;
      EXPECT_EQ(text.find_first_of("{}", slot + 2), std::string_view::npos) << text;
      EXPECT_EQ(text.find_first_of("{}"), slot) << text;
      EXPECT_GT(slot, 0U) << "a phrase in its place would not begin with a capital: " << text;
      EXPECT_EQ(text.find("{}'"), std::string_view::npos) << "a phrase in its place would not read well: " << text;
      EXPECT_EQ(text.find("  "), std::string_view::npos) << text;
    }
  }
}

TEST(QuestionTemplates, AskQuestions) {
  for (const QuestionTemplates& templates : question_templates()) {
    for (const std::string_view question : templates.object_questions) {
      ASSERT_GT(question.size(), 3U) << templates.relation;
      EXPECT_TRUE(question.front() >= 'A' && question.front() <= 'Z') << question;
      EXPECT_EQ(question.find('?'), question.size() - 1) << question;
    }
  }
}

TEST(QuestionTemplates, NameTheObjectInNounPhrases) {
  for (const QuestionTemplates& templates : question_templates()) {
    for (const std::string_view phrase : templates.object_phrases) {
      EXPECT_TRUE(phrase.starts_with("the ")) << phrase;
      EXPECT_EQ(std::string_view(".,;:!?").find(phrase.back()), std::string_view::npos) << phrase;
    }
  }
}

TEST(QuestionTemplates, NoTextStandsTwice) {
  std::map<std::string_view, std::string_view> seen;
  for (const QuestionTemplates& templates : question_templates()) {
    for (const std::string_view text : all_texts(templates)) {
      const auto [it, fresh] = seen.emplace(text, templates.relation);
      EXPECT_TRUE(fresh) << text << ": " << it->second << ", " << templates.relation;
    }
  }
}

TEST(QuestionTemplates, WordingsDifferByMoreThanArticlesAndOrder) {
  for (const QuestionTemplates& templates : question_templates()) {
    std::set<std::set<std::string>> wordings;
    for (const std::string_view text : all_texts(templates)) EXPECT_TRUE(wordings.insert(telling_words(text)).second) << text;
  }
}

TEST(QuestionTemplates, AtMostTwoQuestionsOfSixSayTheRelationsName) {
  for (const QuestionTemplates& templates : question_templates()) {
    const auto says_name = [&](std::string_view question) {
      return lower_case(std::string(question)).find(templates.relation) != std::string::npos;
    };
    EXPECT_LE(std::ranges::count_if(templates.object_questions, says_name), 2) << templates.relation;
  }
}

// The table by which questions are understood is not the one they are tested with.
TEST(QuestionTemplates, TestWordingsAreNotAmongThoseOfTheMemory) {
  std::set<std::set<std::string>> tested;
  for (const QuestionTemplates& templates : question_templates()) {
    EXPECT_NE(find_wordings(std::string(templates.relation)), nullptr) << templates.relation;
    const auto texts = all_texts(templates);
    for (const std::size_t i : {3, 4, 5, 7}) tested.insert(telling_words(fill_template(texts[i], kNamePlaceholder)));
  }
  for (const RelationWordings& wordings : worded_relations()) {
    for (const auto& texts : wordings.texts) {
      for (const std::string& text : texts) EXPECT_FALSE(tested.contains(telling_words(text))) << text;
    }
  }
}

TEST(FillTemplate, PutsTheNameInItsPlace) {
  EXPECT_EQ(fill_template("Who directed {}?", "Bicycle Thieves"), "Who directed Bicycle Thieves?");
  EXPECT_EQ(fill_template("{} is where?", "Oslo"), "Oslo is where?");
  EXPECT_EQ(fill_template("Where was {} born?", fill_template("the director of {}", "Bicycle Thieves")),
            "Where was the director of Bicycle Thieves born?");
}

TEST(FillTemplate, KeepsBracesAndDollarsOfTheName) {
  EXPECT_EQ(fill_template("Who developed {}?", "{} and {}"), "Who developed {} and {}?");
  EXPECT_EQ(fill_template("the author of {}", "$1 \\0 {"), "the author of $1 \\0 {");
  EXPECT_EQ(fill_template("Who wrote {}?", ""), "Who wrote ?");
}

TEST(FillTemplate, ThrowsWithoutAPlaceForTheName) {
  try {
    fill_template("Who wrote it?", "Oslo");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
  }
}

}  // namespace
}  // namespace memllm
