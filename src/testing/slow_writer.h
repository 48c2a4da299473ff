// For tests: the write path as the specification says it, token by token, everything recomputed from the beginning for each.
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <vector>

#include "base/name.h"
#include "call/call_format.h"
#include "write/writer.h"

namespace memllm {

// Decoding::kConstrained only.
class SlowWriter {
 public:
  struct Result {
    std::vector<Triple> triples;
    double stop_score = 0;
    int roll_backs = 0;
    double smallest_margin = 1e9;  // between any choice and its runner-up: near 0, another batch shape may choose otherwise
  };

  // relations: the known ones, all that can be written; empty: any.
  SlowWriter(LanguageModel& model, const CallFormat& format, const WriteOptions& options, const DecoderOptions& decoder = {},
             const std::vector<std::string>& relations = {})
      : model_(model), format_(format), options_(options), decoder_(model.make_decoder(decoder)) {
    for (const std::string& relation : relations) {
      relations_.push_back(format.name_tokens(relation));
      relations_.back().push_back(format.field());
    }
  }

  Result write(const WriteTask& task) {
    result_ = {};
    body_.clear();
    log_probabilities_.clear();
    best_body_.reset();
    prompt_ = format_.write_prompt(task.pretext, task.focus);
    text_ = format_.spelling(task.pretext) + format_.spelling(task.focus);
    if (model_.bos() >= 0) prompt_.insert(prompt_.begin(), model_.bos());
    int without_improvement = 0;
    int more_facts = options_.more_facts;
    std::set<std::size_t> retried;
    while (true) {
      std::vector<float> logits = logits_after(body_.size());
      Token token = choose(logits, {});
      if ((token == format_.item() || token == format_.close()) && repeats()) {
        const auto begins = field_begins();
        const Token first = body_[begins[2]];
        cut(begins[2]);
        if (result_.roll_backs == 4 || !retried.insert(begins[0]).second) return finish(complete_length());
        ++result_.roll_backs;
        logits = logits_after(begins[2]);
        token = choose(logits, {first});
        if (token < 0 || leaves_text(token)) return finish(complete_length());
        take(token, logits);
        continue;
      }
      if (token == format_.close() && more_facts > 0) {
        margin(std::abs(std::log(options_.close_probability) - log_probability_of(logits, token)));
      }
      if (token == format_.close() && more_facts > 0 && log_probability_of(logits, token) < std::log(options_.close_probability)) {
        --more_facts;
        token = choose(logits, {format_.close()});
      } else if (token == format_.close()) {
        const double score = mean_with(log_probability_of(logits, token));
        if (!best_body_ || score > result_.stop_score) {
          if (best_body_) margin(score - result_.stop_score);
          best_body_ = body_;
          result_.stop_score = score;
          without_improvement = 0;
        } else {
          margin(result_.stop_score - score);
          ++without_improvement;
        }
        if (without_improvement >= options_.late_stopping) return finish(0);
        token = choose(logits, {format_.close()});
      }
      if (token < 0 || leaves_text(token) || body_.size() + 1 >= options_.max_call_tokens) return finish(complete_length());
      take(token, logits);
    }
  }

 private:
  std::vector<float> logits_after(std::size_t length) {
    std::vector<Token> tokens = prompt_;
    tokens.insert(tokens.end(), body_.begin(), body_.begin() + static_cast<std::ptrdiff_t>(length));
    decoder_->truncate(0, 0);
    const DecodeItem item{0, tokens, LogitsWanted::kLast};
    decoder_->decode({&item, 1});
    const auto row = decoder_->logits(0);
    return {row.begin(), row.end()};
  }

  // Begin of each field of the open item.
  std::vector<std::size_t> field_begins() const {
    std::vector<std::size_t> begins = {0};
    for (std::size_t i = 0; i < body_.size(); ++i) {
      if (body_[i] == format_.item()) begins = {i + 1};
      if (body_[i] == format_.field()) begins.push_back(i + 1);
    }
    return begins;
  }

  bool admits(Token token) const {
    const auto begins = field_begins();
    const std::vector<Token> name(body_.begin() + static_cast<std::ptrdiff_t>(begins.back()), body_.end());
    if (!relations_.empty() && begins.size() == 2) return next_in_relation().contains(token);
    const bool blank = format_.name_from_tokens(name).empty();
    if (token == format_.close()) return body_.empty() || (begins.size() == 3 && !blank);
    if (token == format_.item()) return begins.size() == 3 && !blank;
    if (token == format_.field()) return begins.size() < 3 && !blank;
    if (format_.is_reserved(token) || name.size() >= 48) return false;
    return !name.empty() || !format_.name_from_tokens({&token, 1}).empty();
  }

  // What the known relations that begin like the open one have next. REQUIRES: a relation is open.
  std::set<Token> next_in_relation() const {
    const std::span<const Token> name = std::span(body_).subspan(field_begins().back());
    std::set<Token> next;
    for (const std::vector<Token>& relation : relations_) {
      if (relation.size() > name.size() && std::equal(name.begin(), name.end(), relation.begin())) next.insert(relation[name.size()]);
    }
    return next;
  }

  bool leaves_text(Token token) const {
    const auto begins = field_begins();
    if (!options_.end_at_strange_names || begins.size() == 2 || (body_.empty() && token == format_.close())) return false;
    const std::string name = format_.spelling(std::span(body_).subspan(begins.back()));
    if (format_.is_reserved(token)) return !stands_in_text(name, Whole::kYes);
    return !stands_in_text(name + format_.spelling({&token, 1}), Whole::kNo);
  }

  enum class Whole { kNo, kYes };
  // ASCII words only.
  bool stands_in_text(const std::string& name, Whole whole) const {
    const auto inside_word = [&](std::size_t at) {
      return at > 0 && at < text_.size() && std::isalnum(static_cast<unsigned char>(text_[at - 1])) != 0 &&
             std::isalnum(static_cast<unsigned char>(text_[at])) != 0;
    };
    if (name.empty() || name[0] == ' ') return false;
    for (std::size_t at = text_.find(name); at != std::string::npos; at = text_.find(name, at + 1)) {
      if (!inside_word(at) && (whole == Whole::kNo || (!inside_word(at + name.size()) && name.back() != ' '))) return true;
    }
    return false;
  }

  Token choose(const std::vector<float>& logits, const std::set<Token>& banned) {
    std::vector<Token> order(logits.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Token>(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](Token a, Token b) { return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)]; });
    Token best = -1;
    for (const Token token : order) {
      if (banned.contains(token) || !admits(token)) continue;
      if (best >= 0) {
        margin(logits[static_cast<std::size_t>(best)] - logits[static_cast<std::size_t>(token)]);
        break;
      }
      best = token;
    }
    return best;
  }

  static double log_probability_of(const std::vector<float>& logits, Token token) {
    const double top = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit - top);
    return logits[static_cast<std::size_t>(token)] - top - std::log(sum);
  }

  void take(Token token, const std::vector<float>& logits) {
    body_.push_back(token);
    log_probabilities_.push_back(log_probability_of(logits, token));
    while (!relations_.empty() && field_begins().size() == 2 && body_.size() + 1 < options_.max_call_tokens) {
      const std::set<Token> next = next_in_relation();
      if (next.size() != 1) break;
      body_.push_back(*next.begin());
      log_probabilities_.push_back(0);
    }
  }

  void cut(std::size_t length) {
    body_.resize(length);
    log_probabilities_.resize(length);
  }

  double mean_with(double last) const {
    double sum = last;
    for (const double value : log_probabilities_) sum += value;
    return sum / static_cast<double>(log_probabilities_.size() + 1);
  }

  std::size_t complete_length() const {
    const std::size_t begin = field_begins()[0];
    return begin == 0 ? 0 : begin - 1;
  }

  static Triple key(const Triple& triple) { return {normalised(triple.subject), normalised(triple.relation), normalised(triple.object)}; }

  bool repeats() const {
    const auto triples = format_.parse_write(body_).triples;
    if (field_begins().size() < 3) return false;
    return std::any_of(triples.begin(), triples.end() - 1, [&](const Triple& earlier) { return key(earlier) == key(triples.back()); });
  }

  void margin(double value) { result_.smallest_margin = std::min(result_.smallest_margin, value); }

  Result finish(std::size_t length) {
    if (best_body_) {
      body_ = *best_body_;
    } else {
      cut(length);
      const double sum = length == 0 ? 0 : mean_with(0) * static_cast<double>(length + 1);
      result_.stop_score = length == 0 ? 0 : sum / static_cast<double>(length);
    }
    result_.triples = format_.parse_write(body_).triples;
    return result_;
  }

  LanguageModel& model_;
  const CallFormat& format_;
  WriteOptions options_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<std::vector<Token>> relations_;  // with the separator that ends them
  std::string text_;
  std::vector<Token> prompt_, body_;
  std::vector<double> log_probabilities_;
  std::optional<std::vector<Token>> best_body_;
  Result result_;
};

}  // namespace memllm
