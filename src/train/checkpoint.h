// What is needed to go on with a training run: parameters, optimiser, step, and the options it belongs to.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace memllm {

struct CheckpointState {
  std::size_t step = 0;
  double eval_loss_before = 0;
  double best_eval_loss = std::numeric_limits<double>::infinity();  // of early stopping
  std::size_t evals_without_improvement = 0;
};

// Both files are written aside and renamed: a kill leaves the old or the new checkpoint, never half of one. Throws kIo.
void save_checkpoint(const std::filesystem::path& folder, const std::string& identity, const std::vector<torch::Tensor>& parameters,
                     torch::optim::AdamW& optimizer, const CheckpointState& state);
// Fills parameters and optimizer; step 0 when there is no checkpoint. kConflict: the checkpoint belongs to another identity (options, data,
// model).
CheckpointState load_checkpoint(const std::filesystem::path& folder, const std::string& identity, std::vector<torch::Tensor>& parameters,
                                torch::optim::AdamW& optimizer);

// Takes the checkpoint away, and the folder if nothing else is in it.
void remove_checkpoint(const std::filesystem::path& folder);

}  // namespace memllm
