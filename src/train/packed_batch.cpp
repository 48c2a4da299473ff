#include "train/packed_batch.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "memllm/error.h"

namespace memllm {

namespace {

constexpr std::int64_t kPadTo = 64;

struct Flattened {
  std::vector<std::int64_t> tokens, positions, predictors, targets;
  std::vector<float> weights;
  std::vector<std::vector<std::int64_t>> paths;  // of each token's segment: flat indices of what its first token sees, in order
  std::vector<std::size_t> path_of;              // token → index into paths
  std::vector<std::int64_t> segment_start;       // token → flat index of its segment's first token
};

void check_segment(const Example& example, std::size_t index) {
  const ExampleSegment& segment = example.segments[index];
  const auto fail = [&](const char* what) {
    throw Error(ErrorKind::kInvalidArgument, "example '" + example.name + "', segment " + std::to_string(index) + ": " + what);
  };
  if (segment.weights.size() != segment.tokens.size()) fail("tokens and weights differ in number");
  if (index == 0 ? segment.parent != -1 : (segment.parent < 0 || segment.parent >= static_cast<int>(index)))
    fail("parent is not an earlier segment");
  if (index > 0) {
    const auto& parent = example.segments[static_cast<std::size_t>(segment.parent)];
    if (segment.at < 0 || segment.at > static_cast<std::int32_t>(parent.tokens.size())) fail("branching point is outside the parent");
    if (segment.at == 0 && !segment.weights.empty() && segment.weights[0] > 0) fail("first token has loss but no predecessor");
  }
}

void flatten_example(const Example& example, std::int64_t vocabulary, Flattened& flat) {
  std::vector<std::size_t> path_index(example.segments.size());
  std::vector<std::int64_t> start(example.segments.size()), depth(example.segments.size());
  for (std::size_t s = 0; s < example.segments.size(); ++s) {
    check_segment(example, s);
    const ExampleSegment& segment = example.segments[s];
    std::vector<std::int64_t> path;
    if (s > 0) {
      const auto parent = static_cast<std::size_t>(segment.parent);
      path = flat.paths[path_index[parent]];
      for (std::int32_t i = 0; i < segment.at; ++i) path.push_back(start[parent] + i);
      depth[s] = depth[parent] + segment.at;
    }
    if (segment.window > 0 && static_cast<std::int64_t>(path.size()) > segment.window)
      path.erase(path.begin(), path.end() - segment.window);
    start[s] = static_cast<std::int64_t>(flat.tokens.size());
    for (std::size_t i = 0; i < segment.tokens.size(); ++i) {
      if (segment.tokens[i] < 0 || segment.tokens[i] >= vocabulary) {
        throw Error(ErrorKind::kInvalidArgument, "example '" + example.name + "' has token " + std::to_string(segment.tokens[i]) +
                                                     ", outside the model's vocabulary: was it built for another model?");
      }
      const std::int64_t before = i > 0 ? start[s] + static_cast<std::int64_t>(i) - 1 : (path.empty() ? -1 : path.back());
      if (segment.weights[i] > 0 && before >= 0) {
        flat.predictors.push_back(before);
        flat.targets.push_back(segment.tokens[i]);
        flat.weights.push_back(segment.weights[i]);
      }
      flat.tokens.push_back(segment.tokens[i]);
      flat.positions.push_back(depth[s] + static_cast<std::int64_t>(i));
      flat.path_of.push_back(flat.paths.size());
      flat.segment_start.push_back(start[s]);
    }
    path_index[s] = flat.paths.size();
    flat.paths.push_back(std::move(path));
  }
}

torch::Tensor to_tensor(const std::vector<std::int64_t>& values, std::int64_t padded) {
  torch::Tensor tensor = torch::zeros({padded}, torch::kLong);
  std::copy(values.begin(), values.end(), tensor.data_ptr<std::int64_t>());
  return tensor;
}

// Rows that are looked at together: on a CPU those of a segment, which see nearly the same (in a batch of a document's branches a fifth of
// all pairs); a GPU prefers few large products.
std::vector<std::int64_t> block_ends(const Flattened& flat, std::int64_t padded, const torch::Device& device) {
  constexpr std::int64_t kBlockRows = 256, kBlockRowsOnGpu = 1024;
  const auto count = static_cast<std::int64_t>(flat.tokens.size());
  std::vector<std::int64_t> ends;
  for (std::int64_t t = 1, begin = 0; t <= padded; ++t) {
    const bool between =
        t >= count ? t == count : flat.path_of[static_cast<std::size_t>(t)] != flat.path_of[static_cast<std::size_t>(t) - 1];
    if (t < padded && !(device.is_cpu() ? between || t - begin == kBlockRows : t - begin == kBlockRowsOnGpu)) continue;
    ends.push_back(t);
    begin = t;
  }
  return ends;
}

// What each token sees, in blocks of rows: window 0 means all of the branch.
class Visibility {
 public:
  Visibility(const Flattened& flat, std::int64_t window) : flat_(flat), window_(window) {}

  AttentionBlock block(std::int64_t begin, std::int64_t end, const torch::Device& device) const {
    std::set<std::int64_t> seen;
    for (std::int64_t row = begin; row < end; ++row) each_seen(row, [&](std::int64_t column) { seen.insert(column); });
    const std::vector<std::int64_t> columns(seen.begin(), seen.end());
    const auto width = static_cast<std::int64_t>(columns.size());
    torch::Tensor hidden = torch::ones({end - begin, width}, torch::kBool);
    for (std::int64_t row = begin; row < end; ++row) {
      bool* cells = hidden.data_ptr<bool>() + (row - begin) * width;
      each_seen(row,
                [&](std::int64_t column) { cells[std::lower_bound(columns.begin(), columns.end(), column) - columns.begin()] = false; });
    }
    return {begin, end, to_tensor(columns, width).to(device), hidden.to(device)};
  }

 private:
  template <typename Action>
  void each_seen(std::int64_t row, const Action& action) const {
    const auto index = static_cast<std::size_t>(row);
    if (index >= flat_.tokens.size()) return action(row);
    const auto in_window = [&](std::int64_t other) {
      return window_ == 0 || flat_.positions[index] - flat_.positions[static_cast<std::size_t>(other)] < window_;
    };
    for (const std::int64_t other : flat_.paths[flat_.path_of[index]]) {
      if (in_window(other)) action(other);
    }
    for (std::int64_t other = flat_.segment_start[index]; other <= row; ++other) {
      if (in_window(other)) action(other);
    }
  }

  const Flattened& flat_;
  std::int64_t window_;
};

std::vector<AttentionBlock> attention_blocks(const Flattened& flat, std::int64_t padded, std::int64_t window, const torch::Device& device) {
  const Visibility visibility(flat, window);
  std::vector<AttentionBlock> blocks;
  std::int64_t begin = 0;
  for (const std::int64_t end : block_ends(flat, padded, device)) {
    blocks.push_back(visibility.block(begin, end, device));
    begin = end;
  }
  return blocks;
}

}  // namespace

PackedBatch pack(std::span<const Example* const> examples, std::int64_t sliding_window, std::int64_t vocabulary, torch::Device device) {
  Flattened flat;
  for (const Example* example : examples) flatten_example(*example, vocabulary, flat);
  const auto count = static_cast<std::int64_t>(flat.tokens.size());
  const std::int64_t padded = (count + kPadTo - 1) / kPadTo * kPadTo;
  const auto losses = static_cast<std::int64_t>(flat.targets.size());
  PackedBatch batch;
  batch.real_tokens = count;
  batch.tokens = to_tensor(flat.tokens, padded).to(device);
  batch.positions = to_tensor(flat.positions, padded).to(device);
  batch.blocks = attention_blocks(flat, padded, 0, device);
  if (sliding_window > 0) batch.blocks_window = attention_blocks(flat, padded, sliding_window, device);
  batch.predictors = to_tensor(flat.predictors, losses).to(device);
  batch.targets = to_tensor(flat.targets, losses).to(device);
  batch.weights = torch::from_blob(flat.weights.data(), {losses}, torch::kFloat).clone().to(device);
  return batch;
}

std::vector<std::vector<std::size_t>> group_by_length(std::span<const Example> examples, std::size_t max_tokens, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  // Lengths in steps of a quarter of the limit: similar ones meet, yet the composition of groups still depends on the seed.
  const std::size_t step = std::max<std::size_t>(max_tokens / 4, 1);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return examples[a].tokens() / step < examples[b].tokens() / step; });
  std::vector<std::vector<std::size_t>> groups;
  std::size_t filled = 0;
  for (const std::size_t index : order) {
    const std::size_t tokens = examples[index].tokens();
    if (groups.empty() || filled + tokens > max_tokens) {
      groups.emplace_back();
      filled = 0;
    }
    groups.back().push_back(index);
    filled += tokens;
  }
  std::shuffle(groups.begin(), groups.end(), random);
  return groups;
}

}  // namespace memllm
