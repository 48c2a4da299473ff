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

}  // namespace
}  // namespace memllm
