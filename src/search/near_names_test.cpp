#include "search/near_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/english.h"

namespace memllm {
namespace {

std::string near(const std::string& asked, const std::vector<std::string>& names) {
  return near_name(asked, names, english()->words).value_or("-");
}

TEST(NearNames, AreTypedWronglyInAnotherOrderWithATitleOrShort) {
  const std::vector<std::string> names = {"Aldenhof Museum", "Agnes Thorne", "Café Lumière", "Bo"};
  EXPECT_EQ(near("Aldenhoff Museum", names), "Aldenhof Museum");
  EXPECT_EQ(near("Thorne, Agnes", names), "Agnes Thorne");
  EXPECT_EQ(near("Dr Agnes Thorne", names), "Agnes Thorne");
  EXPECT_EQ(near("Thorne", names), "Agnes Thorne");
  EXPECT_EQ(near("cafe lumiere", names), "Café Lumière");
}

TEST(NearNames, OthersAreNot) {
  EXPECT_EQ(near("Agnes Thorpe-Lund", {"Agnes Thorne"}), "-");
  EXPECT_EQ(near("Al", {"Bo"}), "-");  // short words have no letter to spare
  EXPECT_EQ(near("Alm", {"Noor Alm", "Timo Alm"}), "-");
  EXPECT_EQ(near("ASR1606", {"ASR1605"}), "-");
  EXPECT_EQ(near("Person 13", {"Person 12"}), "-");
  EXPECT_EQ(near("", {"Bo"}), "-");
}

TEST(NearNames, EditsAreCountedUpToABound) {
  EXPECT_EQ(edit_distance("abcd", "abcd", 2), 0U);
  EXPECT_EQ(edit_distance("abcd", "abdc", 2), 1U);
  EXPECT_EQ(edit_distance("abcd", "xbcdy", 2), 2U);
  EXPECT_EQ(edit_distance("abcd", "wxyz", 2), 3U);
  EXPECT_EQ(edit_distance("", "abcdef", 2), 3U);
}

TEST(NearNames, IdentifiersAreTheWordsWithDigits) {
  EXPECT_TRUE(same_identifiers("Flight LX 318", "flight lx 318"));
  EXPECT_FALSE(same_identifiers("Flight LX 318", "Flight LX 319"));
}

}  // namespace
}  // namespace memllm
