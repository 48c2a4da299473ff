#include "train/trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "memllm/error.h"
#include "train/gguf_weights.h"
#include "train/tiny_model.h"

namespace memllm {

namespace {

// A language of one rule: after token t comes 3 t + 1 (mod 64).
std::vector<Example> rule_examples(std::size_t count) {
  std::vector<Example> examples(count);
  for (std::size_t i = 0; i < count; ++i) {
    ExampleSegment root;
    for (std::int32_t n = 0, token = static_cast<std::int32_t>(i * 5 % 64); n < 20; ++n, token = (3 * token + 1) % 64)
      root.tokens.push_back(token);
    root.weights.assign(root.tokens.size(), 1);
    root.weights[0] = 0;
    examples[i].name = std::to_string(i);
    examples[i].segments = {root};
  }
  return examples;
}

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / ("trainer-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    options_.model = test::write_tiny_model("gemma3");
    options_.examples = folder_ / "examples.jsonl";
    options_.eval_examples = options_.examples;
    options_.rank = 8;
    options_.learning_rate = 0.02;
    options_.epochs = 8;
    options_.pack_tokens = 100;
    options_.batch_tokens = 200;
    options_.dtype = "float";
    options_.threads = 1;
    write_examples(options_.examples, {"write", "tiny", "a rule", ""}, rule_examples(40));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  TrainOptions to(const std::string& name) {
    TrainOptions options = options_;
    options.out = folder_ / (name + ".gguf");
    return options;
  }

  std::filesystem::path folder_;
  TrainOptions options_;
};

struct Interrupted : std::exception {};

}  // namespace

TEST_F(TrainerTest, LearnsARuleAndSaysWhatItLearnedFrom) {
  const TrainResult result = train(to("rule"), {}, {});
  EXPECT_LT(result.eval_loss, 0.5 * result.eval_loss_before);
  EXPECT_EQ(GgufWeights(folder_ / "rule.gguf").text("memllm.base_model"), "tiny");
}

TEST_F(TrainerTest, LossOverTheExamplesTokensIsTheWholeLossWhereAllTokensOccur) {
  TrainOptions options = to("candidates");
  options.loss_vocabulary = "examples";
  EXPECT_NEAR(train(options, {}, {}).eval_loss, train(to("whole"), {}, {}).eval_loss, 1e-4);
}

TEST_F(TrainerTest, LearnsFromTheLossOverAFewTokens) {
  std::vector<Example> few;
  for (const std::size_t i : {3U, 9U, 11U}) few.push_back(rule_examples(40)[i]);  // 44 of the 64 tokens
  write_examples(options_.examples, {"write", "tiny", "a rule", ""}, few);
  TrainOptions options = to("few");
  options.epochs = 40;
  options.loss_vocabulary = "examples";
  const TrainResult result = train(options, {}, {});
  EXPECT_LT(result.eval_loss, 0.5 * result.eval_loss_before);
  options.loss_vocabulary = "some";
  EXPECT_THROW(train(options, {}, {}), Error);
}

TEST_F(TrainerTest, ResumedRunEndsWhereAnUninterruptedOneEnds) {
  const TrainResult whole = train(to("whole"), {}, {});
  TrainOptions options = to("resumed");
  options.checkpoint_every = 3;
  const auto stop_at_ten = [](const TrainReport& report) {
    if (report.step == 10) throw Interrupted{};
  };
  EXPECT_THROW(train(options, stop_at_ten, {}), Interrupted);
  std::size_t first = 0;
  const TrainResult resumed = train(options, [&](const TrainReport& report) { first = first == 0 ? report.step : first; }, {});
  EXPECT_EQ(first, 10U);  // the checkpoint was made after step 9
  EXPECT_NEAR(resumed.eval_loss, whole.eval_loss, 1e-4);
  EXPECT_NEAR(resumed.eval_loss_before, whole.eval_loss_before, 1e-4);
}

TEST_F(TrainerTest, CheckpointOfAnotherRunIsRefused) {
  TrainOptions options = to("other");
  options.checkpoint_every = 1;
  EXPECT_THROW(train(options,
                     [](const TrainReport& report) {
                       if (report.step == 2) throw Interrupted{};
                     },
                     {}),
               Interrupted);
  options.learning_rate = 0.01;
  try {
    train(options, {}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  }
}

TEST_F(TrainerTest, OptionsOutOfRangeAreRefusedBeforeAnythingIsLoaded) {
  TrainOptions options = to("bad");
  options.model = "nowhere.gguf";
  options.rank = 0;
  EXPECT_THROW(train(options, {}, {}), Error);
}

}  // namespace memllm
