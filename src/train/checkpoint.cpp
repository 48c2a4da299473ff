#include "train/checkpoint.h"

#include <sstream>

#include "memllm/error.h"

namespace memllm {

namespace {

constexpr const char* kFileName = "checkpoint.pt";

torch::Tensor text_tensor(const std::string& text) {
  torch::Tensor bytes = torch::empty({static_cast<std::int64_t>(text.size())}, torch::kByte);
  std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  return bytes;
}

std::string tensor_text(const torch::Tensor& bytes) {
  const auto* begin = bytes.data_ptr<std::uint8_t>();
  return {begin, begin + bytes.numel()};
}

// Into a tensor of its own: a tensor that is read into twice keeps the first value.
torch::Tensor read_tensor(torch::serialize::InputArchive& archive, const std::string& key) {
  torch::Tensor tensor;
  archive.read(key, tensor);
  return tensor;
}

// How a parameter is named in the optimiser's state: by text in libtorch 1, by address in libtorch 2.
template <typename Key>
Key state_key(const torch::Tensor& parameter) {
  if constexpr (std::is_same_v<Key, std::string>) {
    return c10::guts::to_string(parameter.unsafeGetTensorImpl());
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

// The optimiser's moments of one parameter; created if absent. (Not Optimizer::save: libtorch 1.13 does not restore from it what it saved.)
torch::optim::AdamWParamState& moments(torch::optim::AdamW& optimizer, const torch::Tensor& parameter) {
  auto& states = optimizer.state();
  auto& slot = states[state_key<std::decay_t<decltype(states.begin()->first)>>(parameter)];
  if (!slot) slot = std::make_unique<torch::optim::AdamWParamState>();
  return static_cast<torch::optim::AdamWParamState&>(*slot);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& folder, const std::string& identity, const std::vector<torch::Tensor>& parameters,
                     torch::optim::AdamW& optimizer, const CheckpointState& state) {
  std::filesystem::create_directories(folder);
  torch::serialize::OutputArchive archive;
  archive.write("identity", text_tensor(identity));
  archive.write("step", torch::tensor(static_cast<std::int64_t>(state.step)));
  archive.write("eval_loss_before", torch::tensor(state.eval_loss_before, torch::kDouble));
  archive.write("best_eval_loss", torch::tensor(state.best_eval_loss, torch::kDouble));
  archive.write("evals_without_improvement", torch::tensor(static_cast<std::int64_t>(state.evals_without_improvement)));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string id = std::to_string(i);
    const auto& moment = moments(optimizer, parameters[i]);
    archive.write("parameter" + id, parameters[i].detach().cpu());
    archive.write("first" + id, moment.exp_avg().cpu());
    archive.write("second" + id, moment.exp_avg_sq().cpu());
    archive.write("steps" + id, torch::tensor(moment.step()));
  }
  const std::filesystem::path partial = folder / (std::string(kFileName) + ".partial");
  try {
    archive.save_to(partial.string());
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::kIo, "cannot write the checkpoint " + partial.string() + ": " + error.what_without_backtrace());
  }
  std::filesystem::rename(partial, folder / kFileName);
}

CheckpointState load_checkpoint(const std::filesystem::path& folder, const std::string& identity, std::vector<torch::Tensor>& parameters,
                                torch::optim::AdamW& optimizer) {
  CheckpointState state;
  const std::filesystem::path file = folder / kFileName;
  if (!std::filesystem::exists(file)) return state;
  torch::serialize::InputArchive archive;
  archive.load_from(file.string());
  const std::string other = tensor_text(read_tensor(archive, "identity"));
  if (other != identity) {
    throw Error(ErrorKind::kConflict, folder.string() + " holds a checkpoint of another run (" + other +
                                          "); remove that folder to start anew, or repeat the options of that run");
  }
  state.step = static_cast<std::size_t>(read_tensor(archive, "step").item<std::int64_t>());
  state.eval_loss_before = read_tensor(archive, "eval_loss_before").item<double>();
  state.best_eval_loss = read_tensor(archive, "best_eval_loss").item<double>();
  state.evals_without_improvement = static_cast<std::size_t>(read_tensor(archive, "evals_without_improvement").item<std::int64_t>());
  torch::NoGradGuard guard;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string id = std::to_string(i);
    parameters[i].copy_(read_tensor(archive, "parameter" + id));
    auto& moment = moments(optimizer, parameters[i]);
    moment.exp_avg(read_tensor(archive, "first" + id).to(parameters[i].device()));
    moment.exp_avg_sq(read_tensor(archive, "second" + id).to(parameters[i].device()));
    moment.step(read_tensor(archive, "steps" + id).item<std::int64_t>());
  }
  return state;
}

void remove_checkpoint(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove(folder / kFileName, ignored);
  std::filesystem::remove(folder, ignored);  // only when it is empty
}

}  // namespace memllm
