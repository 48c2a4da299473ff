#include "llm/llama_model.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_fingerprint.h"
#include "base/text.h"
#include "base/utf8.h"
#include "llm/adapter_check.h"
#include "llm/llama_decoder.h"
#include "llm/llama_log.h"
#include "memllm/error.h"

namespace memllm {
namespace {

// Longer texts are tokenised in pieces: libllama 0.5.0 is quadratic in the number of user-defined tokens (line breaks, HTML tags) of a text
// (256 kB of "a\n\n<table>": 5.3 s whole, 0.2 s in pieces).
constexpr std::size_t kChunkBytes = 8192;

bool is_word_byte(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Where to cut a text longer than kChunkBytes. Best before the space between two words, where no vocabulary's token reaches across, so that
// the tokens are those of the whole text; failing that before a space; failing that before any character. REQUIRES: valid UTF-8.
std::size_t chunk_length(std::string_view text) {
  constexpr std::size_t kLeast = kChunkBytes / 2;
  for (std::size_t i = kChunkBytes; i > kLeast; --i) {
    if (text[i] == ' ' && is_word_byte(text[i - 1]) && is_word_byte(text[i + 1])) return i;
  }
  for (std::size_t i = kChunkBytes; i > kLeast; --i) {
    if (text[i] == ' ' && text[i - 1] != ' ') return i;
  }
  return character_boundary(text, kChunkBytes);
}

// tokenizer.ggml.add_space_prefix=false: plain text must come back as it was, also with vocabularies that put a space before every text.
llama_model_kv_override no_space_prefix() {
  llama_model_kv_override override{};
  override.tag = LLAMA_KV_OVERRIDE_TYPE_BOOL;
  std::string_view("tokenizer.ggml.add_space_prefix").copy(override.key, sizeof override.key - 1);
  override.val_bool = false;
  return override;
}

std::shared_ptr<llama_model> load_weights(const LlamaModelOptions& options) {
  llama_model_params params = llama_model_default_params();
  params.n_gpu_layers = options.gpu_layers;
  // A build with AMX kernels may be one that GCC 12 miscompiled (ggml-org/llama.cpp#20824); without repacking they are never reached.
  params.use_extra_bufts = ggml_cpu_has_amx_int8() == 0;
  const std::array<llama_model_kv_override, 2> overrides{no_space_prefix(), llama_model_kv_override{}};  // ends with an empty key
  params.kv_overrides = overrides.data();
  const LlamaLogScope log(options.logger);
  std::shared_ptr<llama_model> model(llama_model_load_from_file(options.model.c_str(), params), LlamaDeleter{});
  if (!model) throw Error(ErrorKind::kModel, "cannot load model '" + options.model.string() + "'" + log.errors());
  return model;
}

class LlamaModel final : public LanguageModel {
 public:
  explicit LlamaModel(LlamaRuntime runtime) : runtime_(std::move(runtime)), vocab_(llama_model_get_vocab(runtime_.model.get())) {}

  std::string fingerprint() const override { return runtime_.fingerprint; }
  std::size_t vocabulary() const override { return runtime_.vocabulary; }
  Token bos() const override { return llama_vocab_bos(vocab_); }
  Token eos() const override { return llama_vocab_eos(vocab_); }
  std::vector<Token> tokenize(std::string_view text) const override;
  std::string piece(Token token) const override;
  bool is_control(Token token) const override;
  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override {
    return std::make_unique<LlamaDecoder>(runtime_, options);
  }

 private:
  void check_token(Token token) const;
  void append_tokens(std::string_view text, std::vector<Token>& tokens) const;

  LlamaRuntime runtime_;
  const llama_vocab* vocab_;
};

void LlamaModel::check_token(Token token) const {
  if (token < 0 || static_cast<std::size_t>(token) >= runtime_.vocabulary) {
    throw Error(ErrorKind::kInvalidArgument, "token " + std::to_string(token) + " is not in the model's vocabulary");
  }
}

void LlamaModel::append_tokens(std::string_view text, std::vector<Token>& tokens) const {
  const std::size_t before = tokens.size();
  const auto bytes = static_cast<std::int32_t>(text.size());
  tokens.resize(before + text.size());  // rarely more tokens than bytes
  const char* bytes_begin = text.data();
  std::int32_t count = llama_tokenize(vocab_, bytes_begin, bytes, tokens.data() + before, bytes, false, false);
  if (count < 0 && count != std::numeric_limits<std::int32_t>::min()) {
    tokens.resize(before + static_cast<std::size_t>(-count));
    count = llama_tokenize(vocab_, bytes_begin, bytes, tokens.data() + before, -count, false, false);
  }
  if (count < 0) throw Error(ErrorKind::kModel, "the model's tokenizer failed on a text of " + std::to_string(bytes) + " bytes");
  tokens.resize(before + static_cast<std::size_t>(count));
}

std::vector<Token> LlamaModel::tokenize(std::string_view text) const {
  std::string repaired;
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    repaired = repair_utf8(text);
    text = repaired;
  }
  std::vector<Token> tokens;
  while (text.size() > kChunkBytes + 1) {
    const std::size_t length = chunk_length(text);
    append_tokens(text.substr(0, length), tokens);
    text.remove_prefix(length);
  }
  if (!text.empty()) append_tokens(text, tokens);
  return tokens;
}

std::string LlamaModel::piece(Token token) const {
  check_token(token);
  std::string bytes(64, '\0');
  std::int32_t length = llama_token_to_piece(vocab_, token, bytes.data(), static_cast<std::int32_t>(bytes.size()), 0, false);
  if (length < 0) {
    bytes.resize(static_cast<std::size_t>(-length));
    length = llama_token_to_piece(vocab_, token, bytes.data(), static_cast<std::int32_t>(bytes.size()), 0, false);
  }
  bytes.resize(static_cast<std::size_t>(std::max(length, 0)));
  return bytes;
}

bool LlamaModel::is_control(Token token) const {
  check_token(token);
  constexpr int kNeverText = LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNUSED | LLAMA_TOKEN_ATTR_UNKNOWN;
  return (llama_vocab_get_attr(vocab_, token) & kNeverText) != 0 || llama_vocab_is_eog(vocab_, token);
}

}  // namespace

std::shared_ptr<LanguageModel> load_llama_model(const LlamaModelOptions& options) {
  start_llama();
  LlamaRuntime runtime;
  runtime.logger = options.logger;
  runtime.fingerprint = file_fingerprint(options.model);
  runtime.model = load_weights(options);
  runtime.vocabulary = static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(runtime.model.get())));
  runtime.threads = options.threads > 0 ? options.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::make_shared<LlamaModel>(std::move(runtime));
}

}  // namespace memllm
