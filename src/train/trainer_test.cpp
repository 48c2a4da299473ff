#include "train/trainer.h"

#include <gtest/gtest.h>

#include <random>

#include "base/file_fingerprint.h"
#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "testing/tiny_model.h"
#include "train/gguf_weights.h"

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
    write_examples(options_.examples, {"write", file_fingerprint(options_.model), "a rule", ""}, rule_examples(40));
  }

  TrainOptions to(const std::string& name) {
    TrainOptions options = options_;
    options.out = folder_ / (name + ".gguf");
    return options;
  }

  const ScratchFolder folder_;
  TrainOptions options_;
};

struct Interrupted : std::exception {};

}  // namespace

TEST_F(TrainerTest, LearnsARuleAndSaysWhatItLearnedFrom) {
  const TrainResult result = train(to("rule"), {}, {});
  EXPECT_LT(result.eval_loss, 0.5 * result.eval_loss_before);
  EXPECT_EQ(GgufWeights(folder_ / "rule.gguf").text("memllm.base_model"), file_fingerprint(options_.model));
}

TEST_F(TrainerTest, LossOverTheExamplesTokensIsTheWholeLossWhereAllTokensOccur) {
  TrainOptions options = to("candidates");
  options.loss_vocabulary = "examples";
  EXPECT_NEAR(train(options, {}, {}).eval_loss, train(to("whole"), {}, {}).eval_loss, 1e-4);
}

TEST_F(TrainerTest, LearnsFromTheLossOverAFewTokens) {
  std::vector<Example> few;
  for (const std::size_t i : {3U, 9U, 11U}) few.push_back(rule_examples(40)[i]);  // 44 of the 64 tokens
  write_examples(options_.examples, {"write", file_fingerprint(options_.model), "a rule", ""}, few);
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

TEST_F(TrainerTest, AveragedAdapterIsTheMeanOfTheTrainedAndTheGivenOne) {
  const TrainOptions first = to("first");
  train(first, {}, {});
  TrainOptions options = to("trained");
  options.init = first.out;
  train(options, {}, {});
  options.out = folder_ / "mean.gguf";
  options.average_with = first.out;
  train(options, {}, {});
  const auto values = [&](const char* file, const std::string& tensor) {
    return GgufWeights(folder_ / file).load(tensor, torch::kFloat, torch::kCPU);
  };
  for (const std::string tensor : {"blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"}) {
    const torch::Tensor mean = (values("first.gguf", tensor) + values("trained.gguf", tensor)) / 2;
    EXPECT_FALSE(torch::allclose(values("mean.gguf", tensor), values("first.gguf", tensor), 1e-2, 1e-3));
    EXPECT_TRUE(torch::allclose(values("mean.gguf", tensor), mean, 1e-2, 1e-3)) << tensor;
  }
  options.init = folder_ / "trained.gguf";  // the same of two that are there
  options.epochs = 0;
  options.out = folder_ / "again.gguf";
  train(options, {}, {});
  EXPECT_TRUE(
      torch::allclose(values("again.gguf", "blk.0.attn_q.weight.lora_b"), values("mean.gguf", "blk.0.attn_q.weight.lora_b"), 1e-2, 1e-3));
  options.average_with = folder_ / "nowhere.gguf";
  EXPECT_THROW(train(options, {}, {}), Error);
  options.average_with = first.out;
  options.init.clear();
  EXPECT_THROW(train(options, {}, {}), Error);
}

TEST_F(TrainerTest, EarlyStoppingKeepsTheBestAdapter) {
  // What is learned makes these worse.
  std::vector<Example> others = rule_examples(10);
  for (Example& example : others) std::ranges::reverse(example.segments[0].tokens);
  options_.eval_examples = folder_ / "others.jsonl";
  write_examples(options_.eval_examples, {"write", file_fingerprint(options_.model), "the rule backwards", ""}, others);
  TrainOptions options = to("early");
  options.eval_every = 2;
  options.patience = 2;
  std::size_t last = 0, steps = 0;
  const TrainResult result = train(options, [&](const TrainReport& report) { last = report.step, steps = report.steps; }, {});
  EXPECT_LT(last, steps);
  EXPECT_EQ(result.steps, last);
  TrainOptions again = to("again");  // nothing is learned from it: the loss of the adapter that was written
  again.init = options.out;
  again.epochs = 0;
  EXPECT_NEAR(train(again, {}, {}).eval_loss_before, result.eval_loss, 1e-2);
  again.patience = 1;
  EXPECT_THROW(train(again, {}, {}), Error);
}

// A resumed run stops where an uninterrupted one does.
TEST_F(TrainerTest, EarlyStoppingSurvivesAnInterruption) {
  TrainOptions options = to("whole");
  options.learning_rate = 0.3;
  options.eval_every = 2;
  options.patience = 2;
  const TrainResult whole = train(options, {}, {});
  options.out = folder_ / "resumed.gguf";
  options.checkpoint_every = 1;
  EXPECT_THROW(train(options,
                     [](const TrainReport& report) {
                       if (report.step == 5) throw Interrupted{};
                     },
                     {}),
               Interrupted);
  const TrainResult resumed = train(options, {}, {});
  EXPECT_EQ(resumed.steps, whole.steps);
  EXPECT_NEAR(resumed.eval_loss, whole.eval_loss, 1e-2);
}

// Branches that break the rule are those with the highest loss under an adapter that knows it.
TEST_F(TrainerTest, TheWorstBranchesAreLeftOut) {
  (void)train(to("rule"), {}, {});
  std::vector<Example> examples = rule_examples(20);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    ExampleSegment branch = examples[i].segments[0];
    branch.parent = 0;
    branch.at = 20;
    branch.weights[0] = 0;
    if (i % 5 == 0) std::fill(branch.tokens.begin(), branch.tokens.end(), 7);
    std::fill(examples[i].segments[0].weights.begin(), examples[i].segments[0].weights.end(), 0.0F);
    examples[i].segments.push_back(std::move(branch));
  }
  write_examples(options_.examples, {"write", file_fingerprint(options_.model), "a rule and what breaks it", ""}, examples);
  TrainOptions options = to("dropped");
  options.init = folder_ / "rule.gguf";
  options.drop_worst = 0.2;
  options.batch_tokens = 10'000;
  std::string said;
  double first = -1;
  (void)train(
      options, [&](const TrainReport& report) { first = first < 0 ? report.loss : first; },
      [&](LogLevel, std::string_view text) { said += text; });
  EXPECT_NE(said.find("4 of 20 calls"), std::string::npos) << said;
  options.drop_worst = 0;
  options.out = folder_ / "kept.gguf";
  double with_all = -1;
  (void)train(options, [&](const TrainReport& report) { with_all = with_all < 0 ? report.loss : with_all; }, {});
  EXPECT_LT(first, with_all);
}

TEST_F(TrainerTest, FullFinetuningLearnsAndWritesNothing) {
  TrainOptions options = to("full");
  options.full = true;
  const TrainResult result = train(options, {}, {});
  EXPECT_LT(result.eval_loss, 0.5 * result.eval_loss_before);
  EXPECT_FALSE(std::filesystem::exists(options.out));
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
  const auto refuses = [](const TrainOptions& other) {
    try {
      train(other, {}, {});
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kConflict;
    }
    return false;
  };
  TrainOptions faster = options;
  faster.learning_rate = 0.01;
  EXPECT_TRUE(refuses(faster));
  TrainOptions elsewhere = options;  // as many examples, made with other options
  ExampleFile examples = read_examples(options.examples);
  examples.header.options += " --call-weight 3";
  elsewhere.examples = folder_ / "elsewhere.jsonl";
  write_examples(elsewhere.examples, examples.header, examples.examples);
  EXPECT_TRUE(refuses(elsewhere));
}

TEST_F(TrainerTest, AFolderForTheCheckpointKeepsWhatElseIsInIt) {
  TrainOptions options = to("kept");
  options.checkpoint = folder_.path();
  options.checkpoint_every = 1;
  train(options, {}, {});
  EXPECT_TRUE(std::filesystem::exists(options.out));
  EXPECT_TRUE(std::filesystem::exists(options.examples));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "checkpoint.pt"));
}

TEST_F(TrainerTest, CheckpointOfOtherExamplesUnderTheSameNameIsRefused) {
  TrainOptions options = to("same");
  options.checkpoint_every = 1;
  const auto interrupt = [](const TrainReport& report) {
    if (report.step == 2) throw Interrupted{};
  };
  EXPECT_THROW(train(options, interrupt, {}), Interrupted);
  ExampleFile examples = read_examples(options.examples);
  std::swap(examples.examples[0].segments[0].tokens[0], examples.examples[0].segments[0].tokens[1]);
  write_examples(options.examples, examples.header, examples.examples);
  EXPECT_THROW(train(options, {}, {}), Error);
}

TEST_F(TrainerTest, ExamplesOfAnotherModelAndAdaptersOfAnotherScaleAreRefused) {
  const TrainOptions first = to("first");
  train(first, {}, {});
  TrainOptions options = to("second");
  options.init = first.out;
  options.alpha = 2 * first.alpha;
  EXPECT_THROW(train(options, {}, {}), Error);
  options = to("third");
  options.model = test::write_tiny_model("llama");
  EXPECT_THROW(train(options, {}, {}), Error);
}

TEST_F(TrainerTest, OptionsOutOfRangeAreRefusedBeforeAnythingIsLoaded) {
  TrainOptions options = to("bad");
  options.model = "nowhere.gguf";
  options.rank = 0;
  EXPECT_THROW(train(options, {}, {}), Error);
}

}  // namespace memllm
