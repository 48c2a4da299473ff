#include "testing/scripted_model.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "llm/decode_checks.h"
#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kVocabulary = 4096;
constexpr Token kBos = 0;
constexpr Token kEos = 1;
constexpr std::array<std::string_view, 5> kMarkers{"({", "})", "-->", ">>", ";"};

// Bytes of characters beyond ASCII count as letters, so that no character is ever split.
bool is_word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// Length of the token that text, which is not empty, begins with.
std::size_t token_length(std::string_view text) {
  for (const std::string_view marker : kMarkers) {
    if (text.starts_with(marker)) return marker.size();
  }
  std::size_t end = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t spaces = end;
  while (end < text.size() && is_word_byte(text[end])) ++end;
  if (end > spaces || spaces > 0) return end;
  return 1;
}

}  // namespace

struct ScriptedModel::Impl {
  explicit Impl(Next script) : next(std::move(script)) {
    intern("<bos>");
    intern("<eos>");
    for (const std::string_view marker : kMarkers) intern(marker);
  }

  Token intern(std::string_view word) {
    const std::scoped_lock lock(mutex);
    if (const auto found = ids.find(std::string(word)); found != ids.end()) return found->second;
    if (words.size() == kVocabulary) throw Error(ErrorKind::kModel, "the scripted model has no token left for another word");
    const auto id = static_cast<Token>(words.size());
    words.emplace_back(word);
    ids.emplace(word, id);
    return id;
  }

  std::string piece(Token token) const {
    const std::scoped_lock lock(mutex);
    if (token < 0 || static_cast<std::size_t>(token) >= kVocabulary) {
      throw Error(ErrorKind::kInvalidArgument, "token " + std::to_string(token) + " is not in the model's vocabulary");
    }
    return token <= kEos || static_cast<std::size_t>(token) >= words.size() ? "" : words[token];
  }

  std::vector<Token> tokenize(std::string_view text) {
    std::vector<Token> tokens;
    while (!text.empty()) {
      const std::size_t length = token_length(text);
      tokens.push_back(intern(text.substr(0, length)));
      text.remove_prefix(length);
    }
    return tokens;
  }

  std::vector<float> logits(const std::string& adapter, const std::string& text) {
    std::vector<float> row(kVocabulary, 0.0F);
    const std::vector<std::string> best_first = next ? next(adapter, text) : std::vector<std::string>{};
    for (std::size_t i = 0; i < best_first.size(); ++i) {
      const Token token = best_first[i].empty() ? kEos : intern(std::string_view(best_first[i]).substr(0, token_length(best_first[i])));
      const float logit = i < 10 ? 10.0F - static_cast<float>(i) : 1.0F / static_cast<float>(i - 8);
      row[token] = std::max(row[token], logit);
    }
    return row;
  }

  const Next next;
  mutable std::mutex mutex;  // guards the two below
  std::vector<std::string> words;
  std::unordered_map<std::string, Token> ids;
};

namespace {

// Impl is passed as the two functions that a decoder needs, since it is private to the model.
struct Script {
  std::function<std::vector<float>(const std::string& adapter, const std::string& text)> logits;
  std::function<std::string(Token)> piece;
};

class ScriptedDecoder final : public Decoder {
 public:
  ScriptedDecoder(Script script, const DecoderOptions& options)
      : script_(std::move(script)), adapter_(options.adapter.string()), max_tokens_(options.max_tokens), held_(options.sequences) {
    if (options.sequences < 1 || options.max_tokens < 1) {
      throw Error(ErrorKind::kInvalidArgument, "a decoder needs at least one sequence of one token");
    }
  }

  std::size_t sequences() const override { return held_.size(); }
  std::size_t max_tokens() const override { return max_tokens_; }

  void decode(std::span<const DecodeItem> items) override {
    check_decode_items(*this, items, kVocabulary);
    rows_.clear();
    std::vector<std::vector<std::vector<float>>> rows(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) rows[i] = rows_of(items[i]);
    for (const DecodeItem& item : items) {
      const std::vector<Token> added(item.tokens.begin(), item.tokens.end());  // may be a sequence's own tokens
      held_[item.sequence].insert(held_[item.sequence].end(), added.begin(), added.end());
    }
    rows_ = std::move(rows);
  }

  std::span<const float> logits(std::size_t item, std::size_t row) const override {
    if (item >= rows_.size() || row >= rows_[item].size()) {
      throw Error(ErrorKind::kInvalidArgument,
                  "the last decode kept no logits for item " + std::to_string(item) + ", row " + std::to_string(row));
    }
    return rows_[item][row];
  }

  std::span<const Token> tokens(SequenceId sequence) const override {
    check_sequence(*this, sequence);
    return held_[sequence];
  }

  void truncate(SequenceId sequence, std::size_t length) override {
    check_truncate(*this, sequence, length);
    held_[sequence].resize(length);
  }

 private:
  std::vector<std::vector<float>> rows_of(const DecodeItem& item) const {
    std::vector<std::vector<float>> rows;
    std::string text;
    for (const Token token : held_[item.sequence]) text += script_.piece(token);
    for (std::size_t i = 0; i < item.tokens.size(); ++i) {
      text += script_.piece(item.tokens[i]);
      const bool last = i + 1 == item.tokens.size();
      if (item.logits == LogitsWanted::kAll || (item.logits == LogitsWanted::kLast && last)) rows.push_back(script_.logits(adapter_, text));
    }
    return rows;
  }

  Script script_;
  std::string adapter_;
  std::size_t max_tokens_;
  std::vector<std::vector<Token>> held_;
  std::vector<std::vector<std::vector<float>>> rows_;
};

}  // namespace

ScriptedModel::ScriptedModel(Next next) : impl_(std::make_shared<Impl>(std::move(next))) {}
ScriptedModel::~ScriptedModel() = default;
std::string ScriptedModel::fingerprint() const { return "scripted"; }
std::size_t ScriptedModel::vocabulary() const { return kVocabulary; }
Token ScriptedModel::bos() const { return kBos; }
Token ScriptedModel::eos() const { return kEos; }
std::vector<Token> ScriptedModel::tokenize(std::string_view text) const { return impl_->tokenize(text); }
std::string ScriptedModel::piece(Token token) const { return impl_->piece(token); }
bool ScriptedModel::is_control(Token token) const { return token == kBos || token == kEos; }

std::unique_ptr<Decoder> ScriptedModel::make_decoder(const DecoderOptions& options) {
  Script script{[impl = impl_](const std::string& adapter, const std::string& text) { return impl->logits(adapter, text); },
                [impl = impl_](Token token) { return impl->piece(token); }};
  return std::make_unique<ScriptedDecoder>(std::move(script), options);
}

}  // namespace memllm
