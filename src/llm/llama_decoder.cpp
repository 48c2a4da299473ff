#include "llm/llama_decoder.h"

#include <algorithm>
#include <utility>

#include "llm/adapter_check.h"
#include "llm/decode_checks.h"
#include "llm/llama_log.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kBatchTokens = 512;
constexpr std::size_t kBatchRows = 128;  // bounds llama.cpp's two row buffers: 128 rows of 262,144 floats are 128 MiB

void check_options(const llama_model& model, const DecoderOptions& options) {
  if (options.sequences < 1 || options.sequences > llama_max_parallel_sequences()) {
    throw Error(ErrorKind::kInvalidArgument, "a decoder has 1 to " + std::to_string(llama_max_parallel_sequences()) + " sequences, not " +
                                                 std::to_string(options.sequences));
  }
  const auto trained = static_cast<std::size_t>(llama_model_n_ctx_train(&model));
  if (options.max_tokens < 1 || options.max_tokens > trained) {
    throw Error(ErrorKind::kInvalidArgument, "the context must be 1 to " + std::to_string(trained) + " tokens for this model, not " +
                                                 std::to_string(options.max_tokens));
  }
}

LlamaAdapterPtr load_adapter(const LlamaRuntime& runtime, const std::filesystem::path& file) {
  if (file.empty()) return nullptr;
  check_adapter(file, *runtime.model, runtime.fingerprint);
  const LlamaLogScope log(runtime.logger);
  LlamaAdapterPtr adapter(llama_adapter_lora_init(runtime.model.get(), file.c_str()));
  if (!adapter) throw Error(ErrorKind::kModel, "cannot use adapter '" + file.string() + "'" + log.errors());
  return adapter;
}

LlamaContextPtr make_context(const LlamaRuntime& runtime, const DecoderOptions& options) {
  llama_context_params params = llama_context_default_params();
  params.n_seq_max = static_cast<std::uint32_t>(options.sequences);
  params.n_ctx = static_cast<std::uint32_t>(options.sequences * options.max_tokens);
  params.n_batch = params.n_ubatch = static_cast<std::uint32_t>(std::min(kBatchTokens, std::size_t{params.n_ctx}));
  params.n_outputs_max = static_cast<std::uint32_t>(std::max(kBatchRows, options.sequences));
  params.n_threads = params.n_threads_batch = runtime.threads;
  params.swa_full = true;
  params.kv_unified = false;
  params.no_perf = true;
  const LlamaLogScope log(runtime.logger);
  LlamaContextPtr context(llama_init_from_model(runtime.model.get(), params));
  if (!context) {
    throw Error(ErrorKind::kModel, "cannot make a context of " + std::to_string(options.sequences) + " sequences of " +
                                       std::to_string(options.max_tokens) + " tokens (too little memory?)" + log.errors());
  }
  if (llama_get_memory(context.get()) == nullptr || llama_n_ctx_seq(context.get()) < options.max_tokens) {
    throw Error(ErrorKind::kModel, "the model keeps no context: it does not generate text");
  }
  return context;
}

}  // namespace

// Parallel arrays of llama_batch.
struct LlamaDecoder::Batch {
  std::vector<Token> tokens;
  std::vector<llama_pos> positions;
  std::vector<std::int32_t> counts;
  std::vector<SequenceId> sequences;
  std::vector<SequenceId*> sequence_pointers;
  std::vector<std::int8_t> wanted;
  struct Row {
    std::size_t item;
    std::int32_t index;  // of its token in the batch
  };
  std::vector<Row> rows;

  void clear() { *this = {}; }
  std::size_t size() const { return tokens.size(); }

  llama_batch view() {
    sequence_pointers.resize(size());
    for (std::size_t i = 0; i < size(); ++i) sequence_pointers[i] = &sequences[i];
    counts.assign(size(), 1);
    return {static_cast<std::int32_t>(size()), tokens.data(), nullptr, positions.data(), counts.data(),
            sequence_pointers.data(),          wanted.data()};
  }
};

LlamaDecoder::LlamaDecoder(const LlamaRuntime& runtime, const DecoderOptions& options)
    : runtime_(runtime), max_tokens_(options.max_tokens), tokens_(options.sequences) {
  check_options(*runtime_.model, options);
  adapter_ = load_adapter(runtime_, options.adapter);
  context_ = make_context(runtime_, options);
  if (adapter_) {
    llama_adapter_lora* adapter = adapter_.get();
    float scale = 1;
    const LlamaLogScope log(runtime_.logger);
    if (llama_set_adapters_lora(context_.get(), &adapter, 1, &scale) != 0) {
      throw Error(ErrorKind::kModel, "cannot apply adapter '" + options.adapter.string() + "'" + log.errors());
    }
  }
}

void LlamaDecoder::decode(std::span<const DecodeItem> items) {
  check_decode_items(*this, items, runtime_.vocabulary);
  forget_rows();
  rows_.resize(items.size());
  try {
    Batch batch;
    std::vector<std::size_t> done(items.size(), 0);
    while (fill(batch, items, done)) {
      keep_rows();
      run(batch);
    }
    for (const DecodeItem& item : items) {
      const std::vector<Token> added(item.tokens.begin(), item.tokens.end());  // may be a sequence's own tokens
      tokens_[item.sequence].insert(tokens_[item.sequence].end(), added.begin(), added.end());
    }
  } catch (...) {
    roll_back(items);
    throw;
  }
}

// Takes the next tokens of the items, in order, up to a batch's limits. False: there are none left.
bool LlamaDecoder::fill(Batch& batch, std::span<const DecodeItem> items, std::vector<std::size_t>& done) const {
  batch.clear();
  const std::size_t limit = llama_n_batch(context_.get());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const DecodeItem& item = items[i];
    const std::size_t held = tokens_[item.sequence].size();
    for (; done[i] < item.tokens.size() && batch.size() < limit; ++done[i]) {
      const bool last = done[i] + 1 == item.tokens.size();
      const bool wanted = item.logits == LogitsWanted::kAll || (item.logits == LogitsWanted::kLast && last);
      if (wanted && batch.rows.size() == kBatchRows) return true;
      if (wanted) batch.rows.push_back({i, static_cast<std::int32_t>(batch.size())});
      batch.tokens.push_back(item.tokens[done[i]]);
      batch.positions.push_back(static_cast<llama_pos>(held + done[i]));
      batch.sequences.push_back(item.sequence);
      batch.wanted.push_back(wanted ? 1 : 0);
    }
  }
  return batch.size() > 0;
}

void LlamaDecoder::run(Batch& batch) {
  const LlamaLogScope log(runtime_.logger);
  const int status = llama_decode(context_.get(), batch.view());
  if (status != 0) {
    throw Error(ErrorKind::kModel, "the model failed to decode " + std::to_string(batch.size()) + " tokens (status " +
                                       std::to_string(status) + ")" + log.errors());
  }
  for (const auto& [item, index] : batch.rows) {
    const float* row = llama_get_logits_ith(context_.get(), index);
    if (row == nullptr) throw Error(ErrorKind::kModel, "the model returned no logits" + log.errors());
    fresh_.emplace_back(item, rows_[item].size());
    rows_[item].push_back(row);
  }
}

// Moves the rows out of llama.cpp's buffer, which the next batch overwrites.
void LlamaDecoder::keep_rows() {
  if (fresh_.empty()) return;
  float* to = kept_.emplace_back(std::make_unique_for_overwrite<float[]>(fresh_.size() * runtime_.vocabulary)).get();
  for (const auto& [item, row] : fresh_) {
    std::copy_n(rows_[item][row], runtime_.vocabulary, to);
    rows_[item][row] = std::exchange(to, to + runtime_.vocabulary);
  }
  fresh_.clear();
}

void LlamaDecoder::forget_rows() {
  rows_.clear();
  fresh_.clear();
  kept_.clear();
}

// Makes the cache hold what tokens_ says, after a failure in the middle of items.
void LlamaDecoder::roll_back(std::span<const DecodeItem> items) {
  forget_rows();
  for (const DecodeItem& item : items) {
    llama_memory_seq_rm(llama_get_memory(context_.get()), item.sequence, static_cast<llama_pos>(tokens_[item.sequence].size()), -1);
  }
}

std::span<const float> LlamaDecoder::logits(std::size_t item, std::size_t row) const {
  if (item >= rows_.size() || row >= rows_[item].size()) {
    throw Error(ErrorKind::kInvalidArgument,
                "the last decode kept no logits for item " + std::to_string(item) + ", row " + std::to_string(row));
  }
  return {rows_[item][row], runtime_.vocabulary};
}

std::span<const Token> LlamaDecoder::tokens(SequenceId sequence) const {
  check_sequence(*this, sequence);
  return tokens_[sequence];
}

void LlamaDecoder::truncate(SequenceId sequence, std::size_t length) {
  check_truncate(*this, sequence, length);
  if (length == tokens_[sequence].size()) return;
  if (!llama_memory_seq_rm(llama_get_memory(context_.get()), sequence, static_cast<llama_pos>(length), -1)) {
    throw Error(ErrorKind::kModel, "the model's cache cannot be cut at token " + std::to_string(length));
  }
  tokens_[sequence].resize(length);
}

}  // namespace memllm
