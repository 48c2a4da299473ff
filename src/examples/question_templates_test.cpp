#include "examples/question_templates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "memllm/error.h"
#include "testing/english.h"

namespace memllm {
namespace {

const QuestionTemplateTable& templates_table() {
  static const QuestionTemplateTable table(english()->folder);
  return table;
}

// Wikidata's ids of DocRED's relations.
constexpr std::array kDocRedIds = {
    "P6",   "P17",   "P19",   "P20",   "P22",   "P25",   "P26",   "P27",   "P30",   "P31",   "P35",   "P36",  "P37",  "P39",
    "P40",  "P50",   "P54",   "P57",   "P58",   "P69",   "P86",   "P102",  "P108",  "P112",  "P118",  "P123", "P127", "P131",
    "P136", "P137",  "P140",  "P150",  "P155",  "P156",  "P159",  "P161",  "P162",  "P166",  "P170",  "P171", "P172", "P175",
    "P176", "P178",  "P179",  "P190",  "P194",  "P205",  "P206",  "P241",  "P264",  "P272",  "P276",  "P279", "P355", "P361",
    "P364", "P400",  "P403",  "P449",  "P463",  "P488",  "P495",  "P527",  "P551",  "P569",  "P570",  "P571", "P576", "P577",
    "P580", "P582",  "P585",  "P607",  "P674",  "P676",  "P706",  "P710",  "P737",  "P740",  "P749",  "P800", "P807", "P840",
    "P937", "P1001", "P1056", "P1198", "P1336", "P1344", "P1365", "P1366", "P1376", "P1412", "P1441", "P3373"};

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
  for (const auto& id : kDocRedIds) expected.insert(english()->relations.names_by_id().at(id));
  std::vector<std::string> relations;
  for (const QuestionTemplates& templates : templates_table().all()) relations.emplace_back(templates.relation);
  EXPECT_EQ(relations, std::vector<std::string>(expected.begin(), expected.end()));
}

TEST(QuestionTemplates, AreFoundByRelation) {
  for (const QuestionTemplates& templates : templates_table().all()) EXPECT_EQ(templates_table().find(templates.relation), &templates);
  for (const char* unknown : {"", "capita", "capital o", "Capital", "zebra"})
    EXPECT_EQ(templates_table().find(unknown), nullptr) << unknown;
}

TEST(QuestionTemplates, HaveOnePlaceForTheName) {
  for (const QuestionTemplates& templates : templates_table().all()) {
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
  for (const QuestionTemplates& templates : templates_table().all()) {
    for (const std::string_view question : templates.object_questions) {
      ASSERT_GT(question.size(), 3U) << templates.relation;
      EXPECT_TRUE(question.front() >= 'A' && question.front() <= 'Z') << question;
      EXPECT_EQ(question.find('?'), question.size() - 1) << question;
    }
  }
}

TEST(QuestionTemplates, NameTheObjectInNounPhrases) {
  for (const QuestionTemplates& templates : templates_table().all()) {
    for (const std::string_view phrase : templates.object_phrases) {
      EXPECT_TRUE(phrase.starts_with("the ")) << phrase;
      EXPECT_EQ(std::string_view(".,;:!?").find(phrase.back()), std::string_view::npos) << phrase;
    }
  }
}

TEST(QuestionTemplates, NoTextStandsTwice) {
  std::map<std::string_view, std::string_view> seen;
  for (const QuestionTemplates& templates : templates_table().all()) {
    for (const std::string_view text : all_texts(templates)) {
      const auto [it, fresh] = seen.emplace(text, templates.relation);
      EXPECT_TRUE(fresh) << text << ": " << it->second << ", " << templates.relation;
    }
  }
}

TEST(QuestionTemplates, WordingsDifferByMoreThanArticlesAndOrder) {
  for (const QuestionTemplates& templates : templates_table().all()) {
    std::set<std::set<std::string>> wordings;
    for (const std::string_view text : all_texts(templates)) EXPECT_TRUE(wordings.insert(telling_words(text)).second) << text;
  }
}

TEST(QuestionTemplates, AtMostTwoQuestionsOfSixSayTheRelationsName) {
  for (const QuestionTemplates& templates : templates_table().all()) {
    const auto says_name = [&](std::string_view question) {
      return lower_case(std::string(question)).find(templates.relation) != std::string::npos;
    };
    EXPECT_LE(std::ranges::count_if(templates.object_questions, says_name), 2) << templates.relation;
  }
}

// The table by which questions are understood is not the one they are tested with.
TEST(QuestionTemplates, TestWordingsAreNotAmongThoseOfTheMemory) {
  std::set<std::set<std::string>> tested;
  for (const QuestionTemplates& templates : templates_table().all()) {
    EXPECT_NE(english()->wordings.find(Name(std::string(templates.relation))), nullptr) << templates.relation;
    const auto texts = all_texts(templates);
    for (const std::size_t i : {3, 4, 5, 7}) tested.insert(telling_words(fill_template(texts[i], kNamePlaceholder)));
  }
  for (const RelationWordings& wordings : english()->wordings.all()) {
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
