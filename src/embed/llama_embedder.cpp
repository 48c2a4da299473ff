#include "embed/llama_embedder.h"

#include <ggml-cpu.h>
#include <llama.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/file_fingerprint.h"
#include "base/text.h"
#include "embed/recent_vectors.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kMaxTextTokens = 256;     // all-MiniLM-L6-v2 was trained with 256, [CLS] and [SEP] included
constexpr std::size_t kMaxTextBytes = 1 << 14;  // far beyond 256 tokens of words; the rest is not even looked at
constexpr std::size_t kBatchTokens = 256;       // 128 to 512 measured: all within 5 %, about 1,000 names/s on one thread
constexpr std::size_t kBatchTexts = 64;
constexpr std::size_t kOneThreadTokens = 32;  // a name takes 1.5 ms on one thread, and waiting for busy cores can take far longer
constexpr std::size_t kRecentVectors = 4096;  // 6 MB of 384 numbers

struct LlamaDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
  void operator()(llama_context* context) const { llama_free(context); }
};

class TokenBatch {
 public:
  TokenBatch() : batch_(llama_batch_init(static_cast<std::int32_t>(kBatchTokens), 0, 1)) {}
  ~TokenBatch() { llama_batch_free(batch_); }
  TokenBatch(const TokenBatch&) = delete;
  TokenBatch& operator=(const TokenBatch&) = delete;

  void clear() { batch_.n_tokens = 0; }
  std::size_t tokens() const { return static_cast<std::size_t>(batch_.n_tokens); }
  void add(const std::vector<llama_token>& tokens, llama_seq_id sequence) {
    for (std::size_t position = 0; position < tokens.size(); ++position) {
      const std::int32_t i = batch_.n_tokens++;
      batch_.token[i] = tokens[position];
      batch_.pos[i] = static_cast<llama_pos>(position);
      batch_.n_seq_id[i] = 1;
      batch_.seq_id[i][0] = sequence;
      batch_.logits[i] = 1;
    }
  }
  const llama_batch& get() const { return batch_; }

 private:
  llama_batch batch_;
};

ggml_log_callback current_log() noexcept {
  ggml_log_callback callback = nullptr;
  void* data = nullptr;
  llama_log_get(&callback, &data);
  return callback;
}

const ggml_log_callback initial_log = current_log();

// llama.cpp's log is one for the process and goes to standard error at first. Whoever has redirected it keeps it.
void start_llama() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (current_log() == initial_log) llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
    llama_backend_init();
    // Builds with loadable backends have none yet. Never done otherwise: it searches the working directory for libraries.
    if (ggml_backend_reg_count() == 0) ggml_backend_load_all();
  });
}

std::string metadata(const llama_model* model, const char* key) {
  char value[256] = {};
  return llama_model_meta_val_str(model, key, value, sizeof value) < 0 ? "" : value;
}

int thread_count(int threads) { return threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())); }

}  // namespace

struct LlamaEmbedder::Impl {
  Impl(const std::filesystem::path& gguf, int wanted_threads);

  std::vector<llama_token> tokenize(const std::string& text) const;
  // Encodes what is in the batch, sequence i into rows[i].
  void encode(std::span<const std::size_t> rows, std::vector<float>& vectors);

  std::string name;
  std::string fingerprint;
  std::unique_ptr<llama_model, LlamaDeleter> model;
  std::unique_ptr<llama_context, LlamaDeleter> context;
  int threads = 1;
  std::size_t dimension = 0;
  std::size_t max_tokens = 0;
  TokenBatch batch;
  RecentVectors recent{kRecentVectors};
};

LlamaEmbedder::Impl::Impl(const std::filesystem::path& gguf, int wanted_threads)
    : name(gguf.string()), threads(thread_count(wanted_threads)) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(gguf, ignored)) {
    throw Error(ErrorKind::kNotFound, "there is no embedding model at '" + name + "'; give the path of a BERT model in GGUF form");
  }
  start_llama();
  llama_model_params model_params = llama_model_default_params();
  model_params.n_gpu_layers = 0;
  // A build with AMX kernels may be one that GCC 12 miscompiled (ggml-org/llama.cpp#20824); without repacking they are never reached.
  model_params.use_extra_bufts = ggml_cpu_has_amx_int8() == 0;
  model.reset(llama_model_load_from_file(name.c_str(), model_params));
  if (!model)
    throw Error(ErrorKind::kModel, "cannot load the embedding model " + name + "; it is damaged or not a GGUF that llama.cpp knows");
  const std::string architecture = metadata(model.get(), "general.architecture");
  if (architecture.find("bert") == std::string::npos) {
    throw Error(ErrorKind::kModel, name + " is a model of the architecture '" + architecture + "'; an embedder must be a BERT");
  }
  llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = static_cast<std::uint32_t>(kBatchTokens);
  params.n_seq_max = static_cast<std::uint32_t>(kBatchTexts);
  params.kv_unified = true;  // otherwise n_ctx would be divided among the sequences
  params.pooling_type = LLAMA_POOLING_TYPE_MEAN;
  params.embeddings = true;
  context.reset(llama_init_from_model(model.get(), params));
  if (!context) throw Error(ErrorKind::kModel, "cannot start the embedding model " + name + "; there may be too little memory");
  dimension = static_cast<std::size_t>(llama_model_n_embd(model.get()));
  max_tokens = std::min(kMaxTextTokens, static_cast<std::size_t>(llama_model_n_ctx_train(model.get())));
  fingerprint = file_fingerprint(gguf);
}

std::vector<llama_token> LlamaEmbedder::Impl::tokenize(const std::string& text) const {
  const std::string clean = repair_utf8(std::string_view(text).substr(0, kMaxTextBytes));
  const llama_vocab* vocabulary = llama_model_get_vocab(model.get());
  std::vector<llama_token> tokens(clean.size() + 2);
  auto tokenize = [&] {
    return llama_tokenize(vocabulary, clean.data(), static_cast<std::int32_t>(clean.size()), tokens.data(),
                          static_cast<std::int32_t>(tokens.size()), /*add_special=*/true, /*parse_special=*/false);
  };
  std::int32_t count = tokenize();
  if (count < 0) {
    tokens.resize(static_cast<std::size_t>(-count));
    count = tokenize();
  }
  if (count <= 0) throw Error(ErrorKind::kModel, "the embedding model " + name + " cannot tokenise '" + ellipsis(clean, 60) + "'");
  tokens.resize(static_cast<std::size_t>(count));
  if (tokens.size() > max_tokens) {
    tokens[max_tokens - 1] = tokens.back();  // [SEP]
    tokens.resize(max_tokens);
  }
  return tokens;
}

void LlamaEmbedder::Impl::encode(std::span<const std::size_t> rows, std::vector<float>& vectors) {
  if (rows.empty()) return;
  const int used_threads = batch.tokens() <= kOneThreadTokens ? 1 : threads;
  llama_set_n_threads(context.get(), used_threads, used_threads);
  if (llama_encode(context.get(), batch.get()) != 0) throw Error(ErrorKind::kModel, "the embedding model " + name + " failed to run");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* pooled = llama_get_embeddings_seq(context.get(), static_cast<llama_seq_id>(i));
    double square = 0;
    for (std::size_t j = 0; pooled != nullptr && j < dimension; ++j) square += static_cast<double>(pooled[j]) * pooled[j];
    if (pooled == nullptr || !(square > 0) || !std::isfinite(square)) {
      throw Error(ErrorKind::kModel, "the embedding model " + name + " gave a vector without a direction; its file may be damaged");
    }
    const double scale = 1 / std::sqrt(square);
    std::transform(pooled, pooled + dimension, vectors.begin() + static_cast<std::ptrdiff_t>(rows[i] * dimension),
                   [scale](float x) { return static_cast<float>(x * scale); });
  }
  batch.clear();
}

LlamaEmbedder::LlamaEmbedder(const std::filesystem::path& gguf, int threads) : impl_(std::make_unique<Impl>(gguf, threads)) {}
LlamaEmbedder::~LlamaEmbedder() = default;

std::size_t LlamaEmbedder::dimension() const { return impl_->dimension; }
std::string LlamaEmbedder::fingerprint() const { return impl_->fingerprint; }

std::vector<float> LlamaEmbedder::embed(std::span<const std::string> texts) {
  const std::size_t dimension = impl_->dimension;
  std::vector<float> vectors(texts.size() * dimension);
  auto row = [&](std::size_t i) { return std::span<float>(vectors).subspan(i * dimension, dimension); };
  std::vector<std::pair<std::size_t, std::size_t>> copies;  // row, the earlier row of the same text
  std::unordered_map<std::string_view, std::size_t> first;
  std::vector<std::size_t> new_rows;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (const std::vector<float>* known = impl_->recent.find(texts[i])) {
      std::copy(known->begin(), known->end(), row(i).begin());
    } else if (const auto [entry, is_new] = first.emplace(texts[i], i); is_new) {
      new_rows.push_back(i);
    } else {
      copies.emplace_back(i, entry->second);
    }
  }
  std::vector<std::size_t> in_batch;
  impl_->batch.clear();
  for (const std::size_t i : new_rows) {
    const std::vector<llama_token> tokens = impl_->tokenize(texts[i]);
    if (impl_->batch.tokens() + tokens.size() > kBatchTokens || in_batch.size() == kBatchTexts) {
      impl_->encode(in_batch, vectors);
      in_batch.clear();
    }
    impl_->batch.add(tokens, static_cast<llama_seq_id>(in_batch.size()));
    in_batch.push_back(i);
  }
  impl_->encode(in_batch, vectors);
  for (const auto& [to, from] : copies) std::copy_n(row(from).begin(), dimension, row(to).begin());
  for (const std::size_t i : new_rows) impl_->recent.put(texts[i], {row(i).begin(), row(i).end()});
  return vectors;
}

}  // namespace memllm
