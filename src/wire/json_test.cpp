#include "wire/json.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace memllm {
namespace {

TEST(JsonOutput, HostileBytesAreStillJson) {
  Fact fact;
  fact.subject = "bad \xff\xfe utf8 \033 \" \\ \n";
  fact.object = std::string("nul \0 here", 10);
  const std::string text = dump(json_of(fact));
  EXPECT_TRUE(is_valid_utf8(text));
  const Json parsed = Json::parse(text);
  EXPECT_EQ(parsed["object"].get<std::string>(), fact.object);
}

TEST(JsonOutput, AbsentValuesAreNull) {
  const Json fact = json_of(Fact{});
  EXPECT_TRUE(fact["valid_from"].is_null());
  EXPECT_TRUE(fact["retracted_at"].is_null());
  EXPECT_TRUE(fact["successor"].is_null());
  EXPECT_TRUE(fact["active"].get<bool>());
  EXPECT_TRUE(fact["sources"].is_array());
}

TEST(JsonOutput, SpansAreBeginAndEnd) {
  Source source;
  source.sentence_span = {3, 9};
  source.subject_span = Span{0, 2};
  const Json json = json_of(source);
  EXPECT_EQ(json["sentence_span"], Json::array({3, 9}));
  EXPECT_EQ(json["subject_span"], Json::array({0, 2}));
  EXPECT_TRUE(json["object_span"].is_null());
}

}  // namespace
}  // namespace memllm
