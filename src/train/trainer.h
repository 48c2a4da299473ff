// The training loop: examples in, adapter out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/example_file.h"
#include "memllm/options.h"

namespace memllm {

struct TrainOptions {
  std::filesystem::path model;          // base model, GGUF
  std::filesystem::path examples;       // example file (docs/formats.md)
  std::filesystem::path eval_examples;  // loss is reported on these; empty: none
  std::filesystem::path out;            // adapter, GGUF
  std::filesystem::path checkpoint;     // folder for resume; empty: <out>.checkpoint
  std::filesystem::path log;            // JSON Lines, one a step; empty: <out>.log.jsonl
  std::filesystem::path init;           // adapter to start from; empty: a fresh one
  // Adapter of the same origin as init (an earlier stage of it, or a training of its own from there): what is written is the mean of its
  // weights and the trained ones, which is often better than either (Wortsman et al., arXiv 2203.05482). Empty: the trained ones.
  std::filesystem::path average_with;
  std::int64_t rank = 16;
  double alpha = 32;
  double learning_rate = 3e-4;
  double weight_decay = 0.001;
  double warmup = 0.05;               // share of the steps
  double epochs = 1;                  // may be a fraction; 0: nothing is trained (to measure init, or its mean with another)
  double clip = 1.0;                  // norm of all gradients together
  std::size_t pack_tokens = 1536;     // examples are grouped up to this many tokens; one group is one forward pass
  std::size_t batch_tokens = 6144;    // gradients are accumulated over groups up to this many tokens
  std::size_t checkpoint_every = 20;  // steps
  // Early stopping, with eval_examples: their loss is taken every so many steps (0: never), the best adapter is kept, and the run ends when
  // so many losses in a row were no better (0: it goes to its end).
  std::size_t eval_every = 0, patience = 0;
  // This share of the branches (calls) loses its loss before the training: those with the highest mean loss under init (or the base
  // model). Labels that a first adapter finds least likely are wrong more often than others.
  double drop_worst = 0;
  // Trains the projections' own weights instead of an adapter: an upper bound for what an adapter can reach. Nothing but the log and the
  // losses comes of it: no adapter holds such weights, and no checkpoint is made.
  bool full = false;
  std::uint64_t seed = 1;
  std::string device = "auto";  // auto, cpu, cuda
  std::string dtype = "auto";   // auto (bfloat16 where the device computes it), bfloat16, float
  // What the softmax of the training loss runs over: "whole" (the vocabulary) or "examples" (the tokens that occur in the examples: with
  // Gemma's 262,144 tokens most of the head's work; a sampled softmax whose sample is fixed, arXiv 1412.2007 §3). The eval loss is of
  // the whole vocabulary.
  std::string loss_vocabulary = "whole";
  int threads = 0;  // groups of a step that are computed at once; 0: as many as cores
};

struct TrainReport {
  std::size_t step = 0, steps = 0;
  double loss = 0;  // mean over the step's loss tokens (weighted)
  double learning_rate = 0;
  double tokens_per_second = 0;  // since the start of this run
  double seconds_left = 0;
};

struct TrainResult {
  std::size_t steps = 0;
  std::size_t tokens = 0;
  double seconds = 0;                          // of this run
  double eval_loss_before = 0, eval_loss = 0;  // mean over loss tokens; 0 without eval_examples. Of the adapter that is written
};

// Thread rule: one training at a time in a process. Resumes from the checkpoint when its options agree (kConflict when they do not). A run
// that is interrupted at any moment loses at most checkpoint_every steps. Throws kInvalidArgument, kModel, kIo.
TrainResult train(const TrainOptions& options, const std::function<void(const TrainReport&)>& progress, const Logger& logger);

}  // namespace memllm
