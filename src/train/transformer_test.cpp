#include "train/transformer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "testing/tiny_model.h"
#include "train/adapter_file.h"
#include "train/attention.h"
#include "train/head_loss.h"

namespace memllm {

namespace {

constexpr std::int64_t kVocabulary = 64;

std::vector<std::int32_t> random_tokens(std::size_t count, std::mt19937& random) {
  std::vector<std::int32_t> tokens(count);
  for (auto& token : tokens) token = static_cast<std::int32_t>(random() % kVocabulary);
  return tokens;
}

ExampleSegment segment(int parent, std::int32_t at, std::vector<std::int32_t> tokens, float weight) {
  ExampleSegment made;
  made.parent = parent;
  made.at = at;
  made.weights.assign(tokens.size(), weight);
  if (parent == -1 && !tokens.empty()) made.weights[0] = 0;
  made.tokens = std::move(tokens);
  return made;
}

// A text with two calls branching off it, one of them with a branch of its own.
Example tree(std::mt19937& random) {
  Example example;
  example.name = "tree";
  example.segments = {segment(-1, 0, random_tokens(12, random), 1), segment(0, 5, random_tokens(4, random), 0.5F),
                      segment(0, 9, random_tokens(6, random), 2), segment(2, 3, random_tokens(3, random), 1)};
  return example;
}

// The tokens that the last token of a segment sees, as a linear text.
std::vector<std::int32_t> linear(const Example& example, std::size_t index) {
  const ExampleSegment& at = example.segments[index];
  std::vector<std::int32_t> tokens;
  if (at.parent >= 0) {
    tokens = linear(example, static_cast<std::size_t>(at.parent));
    tokens.resize(tokens.size() - example.segments[static_cast<std::size_t>(at.parent)].tokens.size() + static_cast<std::size_t>(at.at));
  }
  tokens.insert(tokens.end(), at.tokens.begin(), at.tokens.end());
  return tokens;
}

double loss(const Transformer& model, const Example& example) {
  const Example* one = &example;
  const PackedBatch batch = pack({&one, 1}, model.config().sliding_window, kVocabulary, torch::kCPU);
  return head_loss(model.hidden(batch).index_select(0, batch.predictors), model.head(), batch.targets, batch.weights).item<double>();
}

class TransformerOf : public testing::TestWithParam<std::string> {
 protected:
  Transformer model_{GgufWeights(test::write_tiny_model(GetParam())), {4, 8, 3}, torch::kFloat, torch::kCPU};
};

void randomise(Transformer& model) {
  torch::NoGradGuard guard;
  for (torch::Tensor& parameter : model.parameters()) parameter.normal_(0, 0.2);
}

}  // namespace

TEST(MaskedAttention, EqualsTheFormulaInValueAndGradient) {
  torch::manual_seed(1);
  const std::int64_t tokens = 300;
  const auto make = [&](std::int64_t heads) { return torch::randn({heads, tokens, 8}).requires_grad_(true); };
  torch::Tensor query = make(4), key = make(2), value = make(2);
  const torch::Tensor visible = torch::rand({tokens, tokens}).gt(0.5).tril().logical_or(torch::eye(tokens, torch::kBool));
  const torch::Tensor weight = torch::randn({4, tokens, 8});
  std::vector<AttentionBlock> blocks;
  for (std::int64_t begin = 0; begin < tokens; begin += 70) {
    const std::int64_t end = std::min<std::int64_t>(begin + 70, tokens);
    const torch::Tensor rows = visible.slice(0, begin, end), columns = rows.any(0).nonzero().squeeze(1);
    blocks.push_back({begin, end, columns, rows.index_select(1, columns).logical_not()});
  }
  const torch::Tensor fast = masked_attention(query, key, value, blocks, 0.3);
  const auto fast_gradients = torch::autograd::grad({(fast * weight).sum()}, {query, key, value});
  const auto repeat = [](const torch::Tensor& kv) { return kv.repeat_interleave(2, 0); };
  const torch::Tensor scores = torch::matmul(query, repeat(key).transpose(1, 2)) * 0.3;
  const torch::Tensor slow = torch::matmul(torch::softmax(scores.masked_fill(visible.logical_not(), -1e30), -1), repeat(value));
  const auto slow_gradients = torch::autograd::grad({(slow * weight).sum()}, {query, key, value});
  EXPECT_TRUE(torch::allclose(fast, slow, 1e-4, 1e-5));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::allclose(fast_gradients[i], slow_gradients[i], 1e-3, 1e-4)) << i;
}

TEST(HeadLoss, EqualsCrossEntropyInValueAndGradient) {
  torch::manual_seed(2);
  constexpr std::int64_t kRows = 1100, kWords = 9000;  // more than a piece of either
  for (const auto type : {torch::kFloat, torch::kBFloat16}) {
    torch::Tensor hidden = torch::randn({kRows, 16}).to(type).requires_grad_(true);
    const torch::Tensor head = torch::randn({kWords, 16}).to(type);
    const torch::Tensor targets = torch::randint(kWords, {kRows}, torch::kLong), weights = torch::rand({kRows});
    const torch::Tensor fast = head_loss(hidden, head, targets, weights);
    const torch::Tensor fast_gradient = torch::autograd::grad({fast}, {hidden})[0].to(torch::kFloat);
    const torch::Tensor losses = torch::log_softmax(torch::matmul(hidden.to(torch::kFloat), head.to(torch::kFloat).t()), -1)
                                     .gather(1, targets.unsqueeze(1))
                                     .squeeze(1);
    const torch::Tensor slow = -(losses * weights).sum();
    const torch::Tensor slow_gradient = torch::autograd::grad({slow}, {hidden})[0].to(torch::kFloat);
    // bfloat16 has 8 bits of mantissa, and processors without instructions for it round sums in between, too.
    const double tolerance = type == torch::kFloat ? 1e-4 : 3e-2;
    EXPECT_NEAR(fast.item<double>(), slow.item<double>(), tolerance * slow.item<double>());
    EXPECT_LT((fast_gradient - slow_gradient).norm().item<double>(), tolerance * slow_gradient.norm().item<double>());
  }
}

TEST_P(TransformerOf, TreeOfBranchesLosesWhatItsLinearTextsLose) {
  std::mt19937 random(4);
  randomise(model_);
  const Example example = tree(random);
  double expected = 0;
  for (std::size_t i = 0; i < example.segments.size(); ++i) {
    Example alone;
    alone.name = "linear";
    alone.segments = {segment(-1, 0, linear(example, i), 0)};
    const auto& weights = example.segments[i].weights;
    std::copy(weights.begin(), weights.end(), alone.segments[0].weights.end() - static_cast<std::ptrdiff_t>(weights.size()));
    expected += loss(model_, alone);
  }
  EXPECT_NEAR(loss(model_, example), expected, 1e-3 * expected);
}

TEST_P(TransformerOf, ExamplesPackedTogetherDoNotSeeEachOther) {
  std::mt19937 random(5);
  randomise(model_);
  const Example first = tree(random), second = tree(random);
  const std::array<const Example*, 2> both{&first, &second};
  const PackedBatch batch = pack(both, model_.config().sliding_window, kVocabulary, torch::kCPU);
  const double together =
      head_loss(model_.hidden(batch).index_select(0, batch.predictors), model_.head(), batch.targets, batch.weights).item<double>();
  EXPECT_NEAR(together, loss(model_, first) + loss(model_, second), 1e-3 * together);
}

TEST_P(TransformerOf, GradientsOfEveryProjectionEqualFiniteDifferences) {
  std::mt19937 random(6);
  randomise(model_);
  const Example example = tree(random);
  const Example* one = &example;
  const PackedBatch batch = pack({&one, 1}, model_.config().sliding_window, kVocabulary, torch::kCPU);
  head_loss(model_.hidden(batch).index_select(0, batch.predictors), model_.head(), batch.targets, batch.weights).backward();
  torch::NoGradGuard guard;
  for (LoraProjection* projection : model_.projections()) {
    for (torch::Tensor* parameter : {&projection->a, &projection->b}) {
      const torch::Tensor direction = torch::randn_like(*parameter);
      const double step = 1e-2 / direction.norm().item<double>();
      const double analytic = (parameter->grad() * direction).sum().item<double>();
      parameter->add_(direction, step);
      const double above = loss(model_, example);
      parameter->sub_(direction, 2 * step);
      const double below = loss(model_, example);
      parameter->add_(direction, step);
      const double numeric = (above - below) / (2 * step);
      EXPECT_NEAR(analytic, numeric, 0.02 * std::abs(numeric) + 0.02) << projection->name;
    }
  }
}

TEST_P(TransformerOf, AdapterFileRoundTrips) {
  randomise(model_);
  std::mt19937 random(8);
  const Example example = tree(random);
  const double before = loss(model_, example);
  const ScratchFolder folder;
  const auto file = folder / "adapter.gguf";
  write_adapter(file, model_.config(), {4, 8, 3}, model_.projections(), {{"memllm.task", "write"}});
  randomise(model_);
  read_adapter(file, model_.projections());
  EXPECT_NEAR(loss(model_, example), before, 1e-2 * before);  // stored in 16 bits
  EXPECT_EQ(GgufWeights(file).text("memllm.task"), "write");
}

INSTANTIATE_TEST_SUITE_P(Architectures, TransformerOf, testing::Values("gemma3", "llama"),
                         [](const auto& parameter) { return parameter.param; });

TEST(Pack, RefusesTokensOfAnotherVocabulary) {
  Example example;
  example.segments = {segment(-1, 0, {1, 2, 999}, 1)};
  const Example* one = &example;
  EXPECT_THROW(pack({&one, 1}, 0, kVocabulary, torch::kCPU), Error);
}

TEST(GroupByLength, HoldsEveryExampleOnceWithinTheLimit) {
  std::mt19937 random(9);
  std::vector<Example> examples(200);
  for (Example& example : examples) example.segments = {segment(-1, 0, random_tokens(1 + random() % 400, random), 1)};
  std::vector<int> seen(examples.size());
  for (const auto& group : group_by_length(examples, 300, 1)) {
    std::size_t tokens = 0;
    for (const std::size_t index : group) {
      ++seen[index];
      tokens += examples[index].tokens();
    }
    EXPECT_TRUE(tokens <= 300 || group.size() == 1);
  }
  EXPECT_EQ(seen, std::vector<int>(examples.size(), 1));
}

}  // namespace memllm
