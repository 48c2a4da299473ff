#include "read/answerable_queries.h"

#include <gtest/gtest.h>

#include "base/scratch_folder.h"
#include "testing/english.h"
#include "testing/test_clock.h"

namespace memllm {
namespace {

class AnswerableQueries : public testing::Test {
 protected:
  FactId add(const std::string& subject, const std::string& relation, const std::string& object) {
    Statement statement;
    statement.triple = {subject, relation, object};
    statement.source.author = "user";
    return store_.add(std::span(&statement, 1)).front();
  }
  std::vector<Query> of(const std::string& text) const {
    return answerable_queries(InferringStore(store_, english()->rules), english()->words, text, {});
  }

  ScratchFolder folder_;
  Store store_ = Store(options());

 private:
  StoreOptions options() const {
    StoreOptions options;
    options.folder = folder_.path();
    options.clock = ticking_clock();
    return options;
  }
};

TEST_F(AnswerableQueries, OfEveryNameThatIsMentionedBothWays) {
  add("Ada Lovelace", "place of birth", "London");
  add("Ada Lovelace", "field of work", "mathematics");
  add("Charles Babbage", "place of birth", "London");
  store_.add_alias("Charles Babbage", "Babbage");
  EXPECT_EQ(of("Nobody was there."), std::vector<Query>{});
  EXPECT_EQ(of("The sea at London, and"), (std::vector<Query>{{std::nullopt, "place of birth", "London"}}));
  // Last mention first; a name is asked for as the text spells it.
  EXPECT_EQ(of("Babbage's friend Ada Lovelace"), (std::vector<Query>{{"Ada Lovelace", "place of birth", std::nullopt},
                                                                     {"Ada Lovelace", "field of work", std::nullopt},
                                                                     {"Babbage", "place of birth", std::nullopt}}));
}

TEST_F(AnswerableQueries, OnlyOfWhatIsBelieved) {
  const FactId fact = add("Acme", "founded by", "Ada");
  EXPECT_EQ(of("Acme").size(), 1U);
  store_.retract(fact, "wrong", "user");
  EXPECT_EQ(of("Acme").size(), 0U);
  QueryOptions then;
  then.as_of = store_.get(fact)->recorded_at;
  EXPECT_EQ(answerable_queries(InferringStore(store_, english()->rules), english()->words, "Acme", then).size(), 1U);
}

TEST_F(AnswerableQueries, HostileTextIsNoTrouble) {
  add("Acme", "founded by", "Ada");
  EXPECT_EQ(of(std::string("\0\xff({ Acme >> ", 13) + std::string(100'000, 'A')).size(), 1U);
}

}  // namespace
}  // namespace memllm
