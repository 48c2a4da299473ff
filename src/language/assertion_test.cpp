#include "language/assertion.h"

#include <gtest/gtest.h>

#include "testing/english.h"

namespace memllm {
namespace {

TEST(Assertion, NegationsAndQuestionsAssertNothing) {
  const Words& words = english()->words;
  EXPECT_TRUE(asserts_of("Renske Bos is married to Pieter Vos.", "Pieter Vos", words));
  EXPECT_FALSE(asserts_of("Renske Bos is not married to Pieter Vos.", "Pieter Vos", words));
  EXPECT_FALSE(asserts_of("The mill is no longer owned by Otto Reis.", "Otto Reis", words));
  EXPECT_FALSE(asserts_of("Is Brigitte married to Mike?", "Mike", words));
  EXPECT_FALSE(asserts_of("Brigitte leads it.", "Mike", words));
  EXPECT_TRUE(asserts_of("She could not swim, but for all that she lived by the lake in Annecy.", "Annecy", words));
  EXPECT_TRUE(asserts_of("Notburga Hall was built in Knotting.", "Knotting", words));
}

TEST(Assertion, SuppositionsAreNoneWhereTheirWordsAreNames) {
  const Words& words = english()->words;
  for (const char* supposed :
       {"Perhaps Ada lives in Oslo.", "Ada might move to Oslo.", "If it rains, Ada stays in Oslo.", "Ada is said to live in Oslo.",
        "I heard that Ada lives in Oslo.", "Ada would like to live in Oslo.", "Ada will move to Oslo."}) {
    EXPECT_TRUE(is_supposed(supposed, words)) << supposed;
  }
  for (const char* asserted : {"Ada lives in Oslo.", "Will Smith lives in Oslo.", "May Day is a holiday.", "Ada met Will in May 2019.",
                               "Gifford lives in Oslo."}) {
    EXPECT_FALSE(is_supposed(asserted, words)) << asserted;
  }
}

}  // namespace
}  // namespace memllm
