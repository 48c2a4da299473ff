#include "language/relation_wordings.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "testing/english.h"

namespace memllm {
namespace {

TEST(RelationWordings, EveryRelationHasEveryKindAndEveryTextTheName) {
  std::set<std::string> relations;
  for (const RelationWordings& relation : english()->wordings.all()) {
    EXPECT_TRUE(relations.insert(relation.relation).second) << relation.relation;
    EXPECT_EQ(english()->wordings.find(Name(relation.relation)), &relation);
    for (const auto& texts : relation.texts) {
      EXPECT_GE(texts.size(), 2U) << relation.relation;
      for (const std::string& text : texts) EXPECT_NE((" " + text).find(kNamePlaceholder), std::string::npos) << text;
    }
  }
  EXPECT_EQ(relations.size(), 236U);
  for (const RelationWordings& relation : english()->wordings.all()) {
    for (const std::string& inverse : relation.inverses) EXPECT_TRUE(relations.contains(inverse)) << inverse;
  }
  EXPECT_EQ(english()->wordings.find(Name("follows"))->inverses, (std::vector<std::string>{"followed by"}));
  EXPECT_EQ(english()->wordings.find(Name("lucky number")), nullptr);
  EXPECT_NE(english()->wordings.find(Name(" Place of  Birth")), nullptr);
  EXPECT_EQ(english()->wordings.generic(Name("Wife")).of(WordingKind::kObjectPhrase).front(), "the wife of X");
}

}  // namespace
}  // namespace memllm
