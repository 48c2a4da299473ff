// memllm-train: example file in, LoRA adapter out.
#include <CLI/CLI.hpp>
#include <climits>
#include <cstdio>
#include <exception>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "memllm/error.h"
#include "train/trainer.h"

namespace {

void add_options(CLI::App& app, memllm::TrainOptions& options) {
  app.add_option("--model", options.model, "base model, GGUF")->required();
  app.add_option("--examples", options.examples, "example file from memllm-examples")->required();
  app.add_option("--out", options.out, "adapter to write, GGUF")->required();
  app.add_option("--eval", options.eval_examples, "example file whose loss is reported before and after");
  app.add_option("--init", options.init, "adapter to start from");
  app.add_option("--average-with", options.average_with,
                 "adapter of the same origin as --init: write the mean of its weights and the trained ones");
  app.add_option("--checkpoint", options.checkpoint, "folder for resume (default: OUT.checkpoint)");
  app.add_option("--log", options.log, "JSON Lines, one a step (default: OUT.log.jsonl)");
  app.add_option("--rank", options.rank)->capture_default_str();
  app.add_option("--alpha", options.alpha)->capture_default_str();
  app.add_option("--learning-rate", options.learning_rate)->capture_default_str();
  app.add_option("--weight-decay", options.weight_decay)->capture_default_str();
  app.add_option("--warmup", options.warmup, "share of the steps")->capture_default_str();
  app.add_option("--epochs", options.epochs, "may be a fraction; 0: train nothing")->capture_default_str();
  app.add_option("--clip", options.clip, "limit of the gradients' norm")->capture_default_str();
  app.add_option("--pack-tokens", options.pack_tokens, "tokens of one forward pass")->capture_default_str();
  app.add_option("--batch-tokens", options.batch_tokens, "tokens of one optimiser step")->capture_default_str();
  app.add_option("--checkpoint-every", options.checkpoint_every, "steps")->capture_default_str();
  app.add_option("--eval-every", options.eval_every, "steps between losses on --eval; the best adapter is the one that is written");
  app.add_option("--patience", options.patience, "with --eval-every: stop after so many losses that are no better; 0: never");
  app.add_option("--drop-worst", options.drop_worst, "share of the calls to leave out: those with the highest loss under --init");
  app.add_flag("--full", options.full, "train the body's weights instead of an adapter: an upper bound, of which only the losses are kept");
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--device", options.device, "auto, cpu or cuda")->capture_default_str();
  app.add_option("--dtype", options.dtype, "auto (bfloat16 where the device computes it), bfloat16 or float")->capture_default_str();
  app.add_option("--loss-vocabulary", options.loss_vocabulary, "whole, or examples: only tokens that occur in the examples; faster")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "groups computed at once; 0: as many as cores")->capture_default_str();
}

void print_progress(const memllm::TrainReport& report) {
  std::fprintf(stderr, "step %zu/%zu  loss %.4f  lr %.2e  %.0f tokens/s  %.0f s left\n", report.step, report.steps, report.loss,
               report.learning_rate, report.tokens_per_second, report.seconds_left);
}

// Activations come and go in megabytes. By default glibc returns them to the system, which clears every page again: a tenth of the time.
void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kLargestThreshold = 32 << 20;  // mallopt(3)
  mallopt(M_MMAP_THRESHOLD, kLargestThreshold);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_ARENA_MAX, 1);  // a thread's own arena would be given back
#endif
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{
      "Trains a LoRA adapter for memllm from an example file.\nExample: memllm-train --model gemma.gguf --examples write.jsonl --out "
      "write.gguf"};
  memllm::TrainOptions options;
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  keep_freed_memory();
  const memllm::TrainResult result = memllm::train(options, print_progress, [](memllm::LogLevel, std::string_view text) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  });
  std::printf("{\"steps\":%zu,\"tokens\":%zu,\"seconds\":%.1f,\"eval_loss_before\":%.4f,\"eval_loss\":%.4f}\n", result.steps, result.tokens,
              result.seconds, result.eval_loss_before, result.eval_loss);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "memllm-train: %s\n", error.what());
  return 1;
}
