#include "call/write_grammar.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "testing/test_models.h"

namespace memllm {
namespace {

class WriteGrammarTest : public testing::Test {
 protected:
  Token token(const std::string& text) const { return model->tokenize(text).at(0); }
  void append(WriteGrammar& structure, const std::vector<std::string>& parts) const {
    for (const std::string& part : parts) {
      ASSERT_TRUE(structure.admits(token(part))) << part;
      structure.append(token(part));
    }
  }

  std::shared_ptr<LanguageModel> model = test_models()[0];
  CallFormat format{model, ModelOptions{}};
};

TEST_F(WriteGrammarTest, AdmitsSeparatorsOnlyWhereTheFormHasThem) {
  WriteGrammar structure(format);
  EXPECT_TRUE(structure.admits(format.close()));
  EXPECT_FALSE(structure.admits(format.item()));
  EXPECT_FALSE(structure.admits(format.field()));
  append(structure, {"Paris"});
  EXPECT_TRUE(structure.admits(format.field()));
  EXPECT_FALSE(structure.admits(format.item()));
  EXPECT_FALSE(structure.admits(format.close()));
  append(structure, {">>", "in", ">>"});
  EXPECT_TRUE(structure.at_object_begin());
  EXPECT_FALSE(structure.admits(format.close()));
  append(structure, {"France"});
  EXPECT_FALSE(structure.admits(format.field()));
  EXPECT_TRUE(structure.admits(format.item()));
  EXPECT_TRUE(structure.admits(format.close()));
  EXPECT_EQ(structure.item(), (Triple{"Paris", "in", "France"}));
  append(structure, {";"});
  EXPECT_FALSE(structure.admits(format.close()));
  EXPECT_EQ(structure.complete_length(), 5U);
}

TEST_F(WriteGrammarTest, NamesAreNeitherBlankNorEndlessNorReserved) {
  WriteGrammar structure(format);
  EXPECT_FALSE(structure.admits(token("\n")));
  EXPECT_FALSE(structure.admits(format.open()));
  EXPECT_FALSE(structure.admits(format.arrow()));
  EXPECT_FALSE(structure.admits(model->eos()));
  for (std::size_t i = 0; i < WriteGrammar::kMaxNameTokens; ++i) append(structure, {"x"});
  EXPECT_FALSE(structure.admits(token("x")));
  EXPECT_TRUE(structure.admits(format.field()));
}

TEST_F(WriteGrammarTest, AdmitsAndForcesKnownRelations) {
  const std::vector<std::string> relations = {"in the north of", "in the south", "in the south of", "on"};
  const WriteTrie trie(format, relations, WriteGrammar::kMaxNameTokens);
  WriteGrammar structure(format, std::nullopt, &trie);
  EXPECT_EQ(structure.forced(), std::nullopt);
  append(structure, {"Paris", ">>"});
  EXPECT_EQ(structure.forced(), std::nullopt);
  EXPECT_FALSE(structure.admits(token("of")));
  EXPECT_FALSE(structure.admits(format.field()));
  append(structure, {"in"});
  EXPECT_EQ(structure.forced(), token(" the"));
  append(structure, {" the"});
  EXPECT_EQ(structure.forced(), std::nullopt);
  append(structure, {" south"});
  EXPECT_EQ(structure.forced(), std::nullopt);
  EXPECT_TRUE(structure.admits(format.field()));
  append(structure, {" of"});
  EXPECT_EQ(structure.forced(), format.field());
  EXPECT_FALSE(structure.admits(token(" the")));
  append(structure, {">>", "France", ";", "Lyon", ">>", "on"});
  EXPECT_EQ(structure.forced(), format.field());
  structure.truncate(4);  // Paris>>in the
  EXPECT_TRUE(structure.admits(token(" north")));
  EXPECT_FALSE(structure.admits(token(" of")));
  EXPECT_TRUE(structure.last_subject().empty());
}

// Whatever is admitted can be written down, parses without loss, and truncating is as if the rest had never been.
TEST_F(WriteGrammarTest, AnyAdmittedBodyParsesAndTruncates) {
  const std::vector<std::string> alphabet = {"a", "b", " c", ">>", ";", "})", "({", "-->", "\n", ".", " "};
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    WriteGrammar structure(format);
    for (int step = 0; step < 60; ++step) {
      const Token next = token(alphabet[random() % alphabet.size()]);
      if (next != format.close() && structure.admits(next)) structure.append(next);
    }
    std::vector<Token> whole(structure.tokens().begin(),
                             structure.tokens().begin() + static_cast<std::ptrdiff_t>(structure.complete_length()));
    EXPECT_EQ(format.parse_write(whole).malformed_items, 0U);
    const std::size_t length = random() % (structure.tokens().size() + 1);
    WriteGrammar fresh(format);
    for (std::size_t i = 0; i < length; ++i) fresh.append(structure.tokens()[i]);
    structure.truncate(length);
    EXPECT_EQ(structure.tokens(), fresh.tokens());
    EXPECT_EQ(structure.complete_length(), fresh.complete_length());
    for (const std::string& text : alphabet) EXPECT_EQ(structure.admits(token(text)), fresh.admits(token(text)));
  }
}

}  // namespace
}  // namespace memllm
