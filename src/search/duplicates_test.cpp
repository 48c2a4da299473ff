#include "search/duplicates.h"

#include <gtest/gtest.h>

#include "testing/english.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

class DuplicatesTest : public StoreTest {
 protected:
  void said(const std::string& subject, const std::string& object, const std::string& document = "notes") {
    Statement statement = stated(subject, "knows", object, "model");
    statement.source.document = document;
    add(store_, statement);
  }
  std::vector<std::string> pairs(DuplicateEntities::Likeness likeness) {
    std::vector<std::string> pairs;
    for (const DuplicateEntities& found : duplicate_entities(store_, english()->words)) {
      if (found.likeness == likeness) pairs.push_back(found.name + " = " + found.other);
    }
    return pairs;
  }

  Store store_{options()};
};

using Pairs = std::vector<std::string>;
using Likeness = DuplicateEntities::Likeness;

TEST_F(DuplicatesTest, AreTheSameWordsWrittenInAnotherWay) {
  said("The Tin Kite", "Tin Kite");
  said("Café Lumière", "cafe lumiere");
  said("Quill, Ada", "Dr Ada Quill");
  said("Room 12", "Room 13");
  EXPECT_EQ(pairs(Likeness::kSpelling), (Pairs{"The Tin Kite = Tin Kite", "Café Lumière = cafe lumiere", "Quill, Ada = Dr Ada Quill"}));
}

TEST_F(DuplicatesTest, AShortFormMeansTheOneNameOfItsDocument) {
  said("Ada Quill", "Bo");
  said("Quill", "Bo");
  said("Marsh", "Bo", "other");
  said("Cy Marsh", "Bo");  // in another document
  said("Li Wei", "Bo");
  said("Li Na", "Bo");
  said("Li", "Bo");  // either
  EXPECT_EQ(pairs(Likeness::kShortForm), Pairs{"Ada Quill = Quill"});
}

TEST_F(DuplicatesTest, ATypingErrorIsALetterInALongWord) {
  said("Aldenhof Museum", "Aldenhoff Museum");
  said("Lisbon", "Lisbom");
  said("Anna Berg", "Anne Berg");  // four letters: another name
  said("Pump 1234A", "Pump 1234B");
  EXPECT_EQ(pairs(Likeness::kTypingError), (Pairs{"Lisbon = Lisbom", "Aldenhof Museum = Aldenhoff Museum"}));
}

TEST_F(DuplicatesTest, WhatWasJoinedIsListedNoMore) {
  said("The Tin Kite", "Tin Kite");
  store_.add_alias("The Tin Kite", "Tin Kite");
  EXPECT_TRUE(pairs(Likeness::kSpelling).empty());
  store_.separate("Tin Kite", "user");
  EXPECT_EQ(pairs(Likeness::kSpelling), Pairs{"The Tin Kite = Tin Kite"});
}

}  // namespace
}  // namespace memllm
