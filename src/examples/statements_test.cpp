#include "examples/statements.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "testing/english.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

TEST(Statements, AreReadALineEach) {
  const ScratchFolder folder;
  std::ofstream(folder / "s.jsonl") << R"({"text": "Who leads Oru? Ada", "facts": [["Oru", "leader", "Ada"]]})"
                                    << "\n\n"
                                    << R"({"text": "Nothing.", "facts": []})"
                                    << "\n";
  const auto statements = read_statements(folder / "s.jsonl");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].text, "Who leads Oru? Ada");
  EXPECT_EQ(statements[0].facts, (std::vector<Triple>{{"Oru", "leader", "Ada"}}));
  EXPECT_TRUE(statements[1].facts.empty());
}

TEST(Statements, ErrorsNameTheLine) {
  const ScratchFolder folder;
  EXPECT_THROW((void)read_statements(folder / "none.jsonl"), Error);
  for (const char* line :
       {"{", R"({"text": "a"})", R"({"text": "a", "facts": [["b", "r", "a"]]})", R"({"text": "a", "facts": [["a", "r"]]})"}) {
    std::ofstream(folder / "s.jsonl") << "\n" << line << "\n";
    try {
      (void)read_statements(folder / "s.jsonl");
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
      EXPECT_NE(std::string(error.what()).find(":2: "), std::string::npos) << error.what();
    }
  }
}

TEST(QuestionStatements, AskForALabelAndAnswerIt) {
  const DocRedDocument document = test::norvane();
  const auto statements = question_statements(document, *english(), 4, 1);
  ASSERT_EQ(statements.size(), 4U);
  std::set<Triple> stated;
  for (const StatedFacts& statement : statements) {
    ASSERT_EQ(statement.facts.size(), 1U);
    const Triple& fact = statement.facts[0];
    stated.insert(fact);
    EXPECT_NE(statement.text.find(fact.subject), std::string::npos);
    EXPECT_TRUE(statement.text.ends_with(" " + fact.object)) << statement.text;
    EXPECT_EQ(statement.text.find('X'), std::string::npos) << statement.text;
  }
  EXPECT_EQ(stated.size(), 4U);
  EXPECT_EQ(question_statements(document, *english(), 100, 1).size(), document.labels.size());
  EXPECT_EQ(question_statements(document, *english(), 4, 1)[0].text, statements[0].text);
}

}  // namespace
}  // namespace memllm
