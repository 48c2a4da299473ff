#include "train/trainer.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>
#include <thread>

#include "base/file_fingerprint.h"
#include "memllm/error.h"
#include "train/adapter_file.h"
#include "train/checkpoint.h"
#include "train/head_loss.h"
#include "train/packed_batch.h"
#include "train/transformer.h"

// OpenBLAS, where it is libtorch's BLAS, has threads that at::set_num_threads does not know of.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int threads);

namespace memllm {

namespace {

using Group = std::vector<std::size_t>;  // examples of one forward pass
using Step = std::vector<Group>;         // forward passes of one optimiser step

// Everything that a resumed run must share with the one it continues.
std::string identity(const TrainOptions& options, const ExampleFile& examples) {  // files: what is in them, not what they are called
  nlohmann::json all = {{"rank", options.rank},
                        {"alpha", options.alpha},
                        {"lr", options.learning_rate},
                        {"decay", options.weight_decay},
                        {"warmup", options.warmup},
                        {"epochs", options.epochs},
                        {"clip", options.clip},
                        {"pack", options.pack_tokens},
                        {"batch", options.batch_tokens},
                        {"seed", options.seed},
                        {"dtype", options.dtype},
                        {"examples", file_fingerprint(options.examples)},
                        {"model", file_fingerprint(options.model)},
                        {"source", examples.header.source},
                        {"example_options", examples.header.options},
                        {"init", file_fingerprint(options.init)},
                        {"task", examples.header.task}};
  if (options.loss_vocabulary != "whole") all["loss_vocabulary"] = options.loss_vocabulary;
  if (options.eval_every > 0) all["eval_every"] = {options.eval_every, options.patience, file_fingerprint(options.eval_examples)};
  if (options.drop_worst > 0) all["drop_worst"] = options.drop_worst;
  if (!options.average_with.empty()) all["average_with"] = file_fingerprint(options.average_with);
  return all.dump();
}

std::vector<Step> plan(const TrainOptions& options, const std::vector<Example>& examples) {
  std::vector<Step> steps;
  const auto whole = static_cast<std::uint64_t>(std::ceil(options.epochs));
  for (std::uint64_t epoch = 0; epoch < whole; ++epoch) {
    std::vector<Group> groups = group_by_length(examples, options.pack_tokens, options.seed * 1'000 + epoch);
    const double share = std::min(1.0, options.epochs - static_cast<double>(epoch));
    groups.resize(static_cast<std::size_t>(std::ceil(share * static_cast<double>(groups.size()))));
    std::size_t filled = 0;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      std::size_t tokens = 0;
      for (const std::size_t index : groups[g]) tokens += examples[index].tokens();
      if (g == 0 || filled + tokens > options.batch_tokens) {
        steps.emplace_back();
        filled = 0;
      }
      steps.back().push_back(groups[g]);
      filled += tokens;
    }
  }
  return steps;
}

double learning_rate(const TrainOptions& options, std::size_t step, std::size_t steps) {
  const double warm = std::max(1.0, options.warmup * static_cast<double>(steps));
  const double at = static_cast<double>(step) + 1;
  if (at <= warm) return options.learning_rate * at / warm;
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * (at - warm) / std::max(1.0, static_cast<double>(steps) - warm)));
}

// work(0) … work(count − 1), on at most so many threads.
void in_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < std::min(threads, count); ++i) others.push_back(std::async(std::launch::async, take));
  take();
  for (auto& other : others) other.get();
}

class Trainer {
 public:
  Trainer(const TrainOptions& options, const Logger& logger)
      : options_(options),
        logger_(logger),
        device_(choose_device(options)),
        workers_(use_threads(options, device_)),
        examples_(read_examples(options.examples)),
        model_(GgufWeights(options.model), {options.rank, options.alpha, options.seed}, choose_dtype(options, device_), device_) {
    check_model();
    if (!options.eval_examples.empty()) eval_ = read_examples(options.eval_examples);
    if (!options.average_with.empty()) read_adapter(options.average_with, model_.projections());  // refused now rather than after hours
    if (!options.init.empty()) read_adapter(options.init, model_.projections());
    if (options.loss_vocabulary == "examples") choose_candidates();
    if (options.full) model_.train_weights();
  }

  TrainResult run(const std::function<void(const TrainReport&)>& progress) {
    const auto checkpoint =
        options_.checkpoint.empty() ? std::filesystem::path(options_.out.string() + ".checkpoint") : options_.checkpoint;
    const std::string id = identity(options_, examples_);
    if (options_.drop_worst > 0) drop_worst();  // under the adapter that the run begins with, also when it is resumed
    std::vector<torch::Tensor> parameters = model_.parameters();
    torch::optim::AdamW optimizer(parameters, torch::optim::AdamWOptions(options_.learning_rate).weight_decay(options_.weight_decay));
    const std::vector<Step> steps = plan(options_, examples_.examples);
    CheckpointState state = options_.full ? CheckpointState{} : load_checkpoint(checkpoint, id, parameters, optimizer);
    if (state.step > 0) log(LogLevel::kInfo, "resumed at step " + std::to_string(state.step) + " of " + std::to_string(steps.size()));
    if (state.step == 0) state.eval_loss_before = evaluate();
    std::ofstream log_file(options_.log.empty() ? options_.out.string() + ".log.jsonl" : options_.log.string(), std::ios::app);

    TrainResult result;
    const auto start = std::chrono::steady_clock::now();
    const std::size_t first = state.step;
    for (; state.step < steps.size(); ++state.step) {
      const double rate = learning_rate(options_, state.step, steps.size());
      static_cast<torch::optim::AdamWOptions&>(optimizer.param_groups()[0].options()).lr(rate);
      const double loss = accumulate(steps[state.step], parameters, result.tokens);
      const double norm = torch::nn::utils::clip_grad_norm_(parameters, options_.clip);
      optimizer.step();
      result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      const double done = static_cast<double>(state.step + 1 - first);
      const TrainReport report{state.step + 1,
                               steps.size(),
                               loss,
                               rate,
                               static_cast<double>(result.tokens) / result.seconds,
                               result.seconds / done * static_cast<double>(steps.size() - state.step - 1)};
      log_file << nlohmann::json{{"step", report.step},
                                 {"loss", loss},
                                 {"lr", rate},
                                 {"gradient_norm", norm},
                                 {"tokens_per_second", report.tokens_per_second}}
               << '\n'
               << std::flush;  // a run that is killed has its last step in the log
      if (progress) progress(report);
      const bool enough =
          options_.eval_every > 0 && (state.step + 1) % options_.eval_every == 0 && no_longer_better(state, checkpoint, log_file);
      if (enough) {
        ++state.step;
        break;
      }
      if (!options_.full && (state.step + 1) % options_.checkpoint_every == 0) {
        CheckpointState reached = state;
        ++reached.step;
        save_checkpoint(checkpoint, id, parameters, optimizer, reached);
      }
    }
    finish(state, checkpoint, result);
    return result;
  }

 private:
  // The best weights of the run, measured and written; the checkpoint goes.
  void finish(const CheckpointState& state, const std::filesystem::path& checkpoint, TrainResult& result) {
    result.steps = state.step;
    result.eval_loss_before = state.eval_loss_before;
    result.eval_loss = evaluate();
    if (state.best_eval_loss < result.eval_loss) {
      result.eval_loss = state.best_eval_loss;
      if (!options_.full) read_adapter(checkpoint / kBestFile, model_.projections());
    }
    if (!options_.average_with.empty()) {
      average_with(options_.average_with);
      result.eval_loss = evaluate();
    }
    if (!options_.full) write(options_.out, result);
    std::error_code ignored;
    std::filesystem::remove(checkpoint / kBestFile, ignored);
    remove_checkpoint(checkpoint);
  }

  // The adapter says which model it is for: the one that cut the examples into tokens.
  void check_model() const {
    const std::string& wanted = examples_.header.model;
    if (wanted == file_fingerprint(options_.model) || wanted == GgufWeights(options_.model).text("memllm.weights_of", "")) return;
    throw Error(ErrorKind::kConflict, options_.examples.string() + " was made with another model than " + options_.model.string() +
                                          "; make the examples with this one (memllm-examples --model)");
  }

  static constexpr const char* kBestFile = "best.gguf";  // in the checkpoint's folder

  void write(const std::filesystem::path& file, const TrainResult& result) {
    write_adapter(file, model_.config(), {options_.rank, options_.alpha, options_.seed}, model_.projections(), metadata(result));
  }

  void average_with(const std::filesystem::path& adapter) {
    torch::NoGradGuard guard;
    std::vector<torch::Tensor> parameters = model_.parameters(), trained;
    for (const torch::Tensor& parameter : parameters) trained.push_back(parameter.detach().clone());
    read_adapter(adapter, model_.projections());
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].add_(trained[i]).div_(2);
  }

  // Takes the eval loss after a step and keeps the adapter if it is the best. Returns whether patience is at its end.
  bool no_longer_better(CheckpointState& state, const std::filesystem::path& checkpoint, std::ostream& log_file) {
    const double loss = evaluate();
    log_file << nlohmann::json{{"step", state.step + 1}, {"eval_loss", loss}} << '\n' << std::flush;
    log(LogLevel::kInfo, "eval loss after step " + std::to_string(state.step + 1) + ": " + std::to_string(loss));
    if (loss < state.best_eval_loss) {
      state.best_eval_loss = loss;
      state.evals_without_improvement = 0;
      std::filesystem::create_directories(checkpoint);
      if (!options_.full)
        write(checkpoint / kBestFile,
              {.steps = state.step + 1, .tokens = 0, .seconds = 0, .eval_loss_before = state.eval_loss_before, .eval_loss = loss});
    } else {
      ++state.evals_without_improvement;
    }
    return options_.patience > 0 && state.evals_without_improvement >= options_.patience;
  }

  static torch::Device choose_device(const TrainOptions& options) {
    if (options.device != "auto" && options.device != "cpu" && options.device != "cuda") {
      throw Error(ErrorKind::kInvalidArgument, "--device is '" + options.device + "': use auto, cpu or cuda");
    }
    if (options.dtype != "auto" && options.dtype != "float" && options.dtype != "bfloat16") {
      throw Error(ErrorKind::kInvalidArgument, "--dtype is '" + options.dtype + "': use auto, bfloat16 or float");
    }
    const bool cuda = torch::cuda::is_available();
    if (options.device == "cuda" && !cuda) throw Error(ErrorKind::kModel, "--device cuda: this libtorch sees no CUDA device");
    return cuda && options.device != "cpu" ? torch::kCUDA : torch::kCPU;
  }

  // On a CPU every core takes groups of its own, so that nothing waits between the many small operations of one; returns how many.
  static std::size_t use_threads(const TrainOptions& options, torch::Device device) {
    at::set_num_threads(1);
    if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
    if (device.is_cuda()) return 1;
    return options.threads > 0 ? static_cast<std::size_t>(options.threads) : std::max(1u, std::thread::hardware_concurrency());
  }

  // libtorch multiplies bfloat16 at a third of float's speed on a CPU without instructions for it.
  static torch::Dtype choose_dtype(const TrainOptions& options, torch::Device device) {
    if (options.dtype != "auto") return options.dtype == "float" ? torch::kFloat : torch::kBFloat16;
#if defined(__x86_64__)
    const bool cpu_has_bfloat16 = __builtin_cpu_supports("avx512bf16") != 0;
#else
    const bool cpu_has_bfloat16 = false;
#endif
    return device.is_cuda() || cpu_has_bfloat16 ? torch::kBFloat16 : torch::kFloat;
  }

  PackedBatch batch_of(const std::vector<Example>& examples, const Group& group) const {
    std::vector<const Example*> chosen;
    for (const std::size_t index : group) chosen.push_back(&examples[index]);
    const TransformerConfig& config = model_.config();
    return pack(chosen, config.sliding_window, config.vocabulary, device_);
  }

  void choose_candidates() {
    std::vector<bool> occurs(static_cast<std::size_t>(model_.config().vocabulary));
    for (const Example& example : examples_.examples) {
      for (const ExampleSegment& segment : example.segments) {
        for (const std::int32_t token : segment.tokens) {
          if (token >= 0 && token < model_.config().vocabulary) occurs[static_cast<std::size_t>(token)] = true;  // pack refuses others
        }
      }
    }
    std::vector<std::int64_t> tokens, rows(occurs.size(), -1);
    for (std::size_t token = 0; token < occurs.size(); ++token) {
      if (!occurs[token]) continue;
      rows[token] = static_cast<std::int64_t>(tokens.size());
      tokens.push_back(static_cast<std::int64_t>(token));
    }
    candidate_head_ = model_.head().index_select(0, torch::tensor(tokens).to(device_));
    candidate_rows_ = torch::tensor(rows).to(device_);
    log(LogLevel::kInfo, "the loss is over " + std::to_string(tokens.size()) + " tokens, those of the examples");
  }

  torch::Tensor hidden_of(const PackedBatch& batch) const { return model_.hidden(batch).index_select(0, batch.predictors); }

  // Summed loss of a batch, weighted.
  torch::Tensor loss_of(const PackedBatch& batch) const { return head_loss(hidden_of(batch), model_.head(), batch.targets, batch.weights); }
  torch::Tensor training_loss_of(const PackedBatch& batch) const {
    if (!candidate_head_.defined()) return loss_of(batch);
    return head_loss(hidden_of(batch), candidate_head_, candidate_rows_.index_select(0, batch.targets), batch.weights);
  }

  // Gradients of one step, averaged over its loss weights, added in the order of the groups. Returns the mean loss.
  double accumulate(const Step& step, std::vector<torch::Tensor>& parameters, std::size_t& tokens) const {
    double weight = 0;
    std::vector<PackedBatch> batches;
    for (const Group& group : step) {
      PackedBatch batch = batch_of(examples_.examples, group);
      tokens += static_cast<std::size_t>(batch.real_tokens);
      weight += batch.weights.sum().item<double>();
      if (batch.targets.numel() > 0) batches.push_back(std::move(batch));
    }
    std::vector<double> losses(batches.size());
    std::vector<torch::autograd::variable_list> gradients(batches.size());
    in_parallel(batches.size(), workers_, [&](std::size_t i) {
      const torch::Tensor mean = training_loss_of(batches[i]) / weight;
      losses[i] = mean.item<double>();
      gradients[i] = torch::autograd::grad({mean}, parameters);
    });
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      torch::Tensor sum = torch::zeros_like(parameters[p]);
      for (const auto& gradient : gradients) sum.add_(gradient[p]);
      parameters[p].mutable_grad() = sum;
    }
    const double loss = std::accumulate(losses.begin(), losses.end(), 0.0);
    if (!std::isfinite(loss)) throw Error(ErrorKind::kModel, "the loss is not a number any more: lower --learning-rate");
    return loss;
  }

  double evaluate() const {
    if (eval_.examples.empty()) return 0;
    const std::vector<Group> groups = group_by_length(eval_.examples, options_.pack_tokens, 0);
    std::vector<double> losses(groups.size()), weights(groups.size());
    in_parallel(groups.size(), workers_, [&](std::size_t i) {
      torch::NoGradGuard guard;
      const PackedBatch batch = batch_of(eval_.examples, groups[i]);
      if (batch.targets.numel() == 0) return;
      losses[i] = loss_of(batch).item<double>();
      weights[i] = batch.weights.sum().item<double>();
    });
    const double weight = std::accumulate(weights.begin(), weights.end(), 0.0);
    return weight > 0 ? std::accumulate(losses.begin(), losses.end(), 0.0) / weight : 0;
  }

  // Mean loss of every branch of an example that carries loss, by segment; none has a loss of -1.
  std::vector<std::vector<double>> branch_losses(const Group& group) const {
    torch::NoGradGuard guard;
    const PackedBatch batch = batch_of(examples_.examples, group);
    torch::Tensor rows;
    if (batch.targets.numel() > 0) {
      (void)head_loss(hidden_of(batch), model_.head(), batch.targets, batch.weights, &rows);
      rows = rows.to(torch::kCPU, torch::kFloat);
    }
    std::vector<std::vector<double>> losses;
    std::int64_t row = 0;  // pack() has the rows in the order of the tokens
    for (const std::size_t index : group) {
      auto& of_example = losses.emplace_back();
      const auto& segments = examples_.examples[index].segments;
      for (std::size_t segment = 0; segment < segments.size(); ++segment) {
        double sum = 0;
        std::int64_t count = 0;
        for (std::size_t token = 0; token < segments[segment].weights.size(); ++token) {
          if (segments[segment].weights[token] <= 0 || (segment == 0 && token == 0)) continue;
          sum += rows[row++].item<double>();
          ++count;
        }
        of_example.push_back(segment > 0 && count > 0 ? sum / static_cast<double>(count) : -1);
      }
    }
    return losses;
  }

  void drop_worst() {
    const std::vector<Group> groups = group_by_length(examples_.examples, options_.pack_tokens, 0);
    std::vector<std::vector<std::vector<double>>> losses(groups.size());
    in_parallel(groups.size(), workers_, [&](std::size_t i) { losses[i] = branch_losses(groups[i]); });
    std::vector<double> all;
    for (const auto& of_group : losses) {
      for (const auto& of_example : of_group)
        std::ranges::copy_if(of_example, std::back_inserter(all), [](double loss) { return loss >= 0; });
    }
    if (all.empty()) return;
    const auto kept = static_cast<std::size_t>((1 - options_.drop_worst) * static_cast<double>(all.size()));
    std::ranges::sort(all);
    const double most = kept == 0 ? -1 : all[kept - 1];
    std::size_t dropped = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (std::size_t member = 0; member < groups[i].size(); ++member) {
        auto& segments = examples_.examples[groups[i][member]].segments;
        for (std::size_t segment = 0; segment < segments.size(); ++segment) {
          if (losses[i][member][segment] <= most) continue;
          std::ranges::fill(segments[segment].weights, 0.0F);
          ++dropped;
        }
      }
    }
    log(LogLevel::kInfo,
        std::to_string(dropped) + " of " + std::to_string(all.size()) + " calls are left out: their loss is above " + std::to_string(most));
  }

  std::map<std::string, std::string> metadata(const TrainResult& result) const {
    nlohmann::json run = {{"options", nlohmann::json::parse(identity(options_, examples_))},
                          {"steps", result.steps},
                          {"eval_loss_before", result.eval_loss_before},
                          {"eval_loss", result.eval_loss}};
    return {{"memllm.task", examples_.header.task},
            {"memllm.base_model", examples_.header.model},
            {"memllm.examples", examples_.header.source},
            {"memllm.examples.options", examples_.header.options},
            {"memllm.train", run.dump()}};
  }

  void log(LogLevel level, const std::string& message) const {
    if (logger_) logger_(level, message);
  }

  const TrainOptions& options_;
  const Logger& logger_;
  torch::Device device_;
  std::size_t workers_;
  ExampleFile examples_, eval_;
  Transformer model_;
  torch::Tensor candidate_head_, candidate_rows_;  // [C, E]; [V] int64: a token's row in it. Undefined: the whole vocabulary
};

void validate(const TrainOptions& options) {
  const auto require = [](bool holds, const char* message) {
    if (!holds) throw Error(ErrorKind::kInvalidArgument, message);
  };
  require(options.rank > 0, "--rank must be positive");
  require(options.learning_rate > 0, "--learning-rate must be positive");
  require(options.epochs >= 0, "--epochs must not be negative");
  require(options.warmup >= 0 && options.warmup < 1, "--warmup is a share of the steps: 0 ≤ warmup < 1");
  require(options.pack_tokens > 0 && options.batch_tokens > 0, "--pack-tokens and --batch-tokens must be positive");
  require(options.loss_vocabulary == "whole" || options.loss_vocabulary == "examples", "--loss-vocabulary: use whole or examples");
  require(options.checkpoint_every > 0, "--checkpoint-every must be positive");
  require(options.drop_worst >= 0 && options.drop_worst < 1, "--drop-worst is a share of the calls: 0 ≤ share < 1");
  require(options.eval_every == 0 || !options.eval_examples.empty(), "--eval-every needs --eval");
  require(options.average_with.empty() || (!options.init.empty() && !options.full), "--average-with needs --init, and no --full");
  require(options.patience == 0 || options.eval_every > 0, "--patience needs --eval-every");
}

}  // namespace

TrainResult train(const TrainOptions& options, const std::function<void(const TrainReport&)>& progress, const Logger& logger) {
  validate(options);
  return Trainer(options, logger).run(progress);
}

}  // namespace memllm
