#include "base/example_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/scratch_folder.h"
#include "memllm/error.h"

namespace memllm {
namespace {

class ExampleFileTest : public testing::Test {
 protected:
  void write_text(const std::string& text) { std::ofstream(file_) << text; }
  const ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "examples.jsonl";
};

std::vector<Example> random_examples(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Example> examples(random() % 5);
  for (Example& example : examples) {
    example.name = "doc \"" + std::to_string(random()) + "\"\n";
    example.segments.resize(1 + random() % 6);
    for (std::size_t i = 0; i < example.segments.size(); ++i) {
      ExampleSegment& segment = example.segments[i];
      for (std::size_t n = random() % 40; n > 0; --n) {
        segment.tokens.push_back(static_cast<std::int32_t>(random() % 262'144));
        segment.weights.push_back(random() % 3 == 0 ? 0.1F : static_cast<float>(random() % 2));
      }
      if (i == 0) continue;
      segment.parent = static_cast<int>(random() % i);
      segment.at = static_cast<std::int32_t>(random() % (example.segments[static_cast<std::size_t>(segment.parent)].tokens.size() + 1));
      segment.window = static_cast<std::int32_t>(random() % 100);
    }
  }
  return examples;
}

TEST_F(ExampleFileTest, WhatIsWrittenIsRead) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const std::vector<Example> examples = random_examples(seed);
    write_examples(file_, {"write", "model", "source", "{\"a\":1}"}, examples);
    const ExampleFile read = read_examples(file_);
    EXPECT_EQ(read.header.task, "write");
    EXPECT_EQ(read.header.options, "{\"a\":1}");
    ASSERT_EQ(read.examples.size(), examples.size());
    for (std::size_t i = 0; i < examples.size(); ++i) {
      EXPECT_EQ(read.examples[i].name, examples[i].name);
      EXPECT_EQ(read.examples[i].tokens(), examples[i].tokens());
      EXPECT_EQ(read.examples[i].loss_tokens(), examples[i].loss_tokens());
      ASSERT_EQ(read.examples[i].segments.size(), examples[i].segments.size());
      for (std::size_t s = 0; s < examples[i].segments.size(); ++s) {
        const ExampleSegment &a = read.examples[i].segments[s], &b = examples[i].segments[s];
        EXPECT_EQ(std::tie(a.parent, a.at, a.window, a.tokens, a.weights), std::tie(b.parent, b.at, b.window, b.tokens, b.weights));
      }
    }
  }
}

TEST_F(ExampleFileTest, DamageIsReportedWithItsLine) {
  const std::string header = R"({"format":"memllm-examples","version":1,"task":"read","model":"m","source":"s","options":""})"
                             "\n";
  for (const char* line : {"", "{", "[]", R"({"name":"x","segments":[]})",
                           R"({"name":"x","segments":[{"parent":0,"at":0,"window":0,"tokens":[],"weights":[]}]})",
                           R"({"name":"x","segments":[{"parent":-1,"at":0,"window":0,"tokens":[1],"weights":[[0,2,1.0]]}]})",
                           R"({"name":"x","segments":[{"parent":-1,"at":0,"window":0,"tokens":["a"],"weights":[]}]})"}) {
    write_text(header + line + "\n");
    try {
      read_examples(file_);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << line;
      EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
    }
  }
  write_text("");
  EXPECT_THROW(read_examples(file_), Error);
  EXPECT_THROW(read_examples("/nonexistent/examples"), Error);
  EXPECT_THROW(write_examples("/nonexistent/examples", {}, {}), Error);
}

TEST_F(ExampleFileTest, ImpossibleExamplesAreNotWritten) {
  Example example;
  EXPECT_THROW(write_examples(file_, {}, {example}), Error);
  example.segments.push_back({.tokens = {1, 2}, .weights = {1}});
  EXPECT_THROW(write_examples(file_, {}, {example}), Error);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace memllm
