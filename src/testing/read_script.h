// A scripted model that says what a test writes down, for the tests of this folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testing/scripted_model.h"

namespace memllm {

// What comes next is decided by the longest rule that the text ends with; no rule: end of text.
class ReadScript {
 public:
  ReadScript() : rules_(std::make_shared<Rules>()) {
    model_ = std::make_shared<ScriptedModel>([rules = rules_](const std::string& adapter, const std::string& text) {
      for (const std::string& key : {adapter, std::string("*")}) {
        const auto of_adapter = rules->find(key);
        if (of_adapter == rules->end()) continue;
        const std::vector<std::string>* best = nullptr;
        std::size_t length = 0;
        for (const auto& [suffix, next] : of_adapter->second) {
          if (text.ends_with(suffix) && (!best || suffix.size() >= length)) {
            best = &next;
            length = suffix.size();
          }
        }
        if (best) return *best;
      }
      return std::vector<std::string>{""};
    });
  }

  // After text that ends with suffix the model says words, token by token. adapter "*": under any.
  void say(std::string suffix, std::string_view words, const std::string& adapter = "*") {
    for (const Token token : model_->tokenize(words)) {
      (*rules_)[adapter][suffix] = {model_->piece(token)};
      suffix += model_->piece(token);
    }
  }
  // Preferences for one token.
  void prefer(const std::string& suffix, std::vector<std::string> next, const std::string& adapter = "*") {
    (*rules_)[adapter][suffix] = std::move(next);
  }
  const std::shared_ptr<ScriptedModel>& model() const { return model_; }

 private:
  using Rules = std::map<std::string, std::map<std::string, std::vector<std::string>>>;
  std::shared_ptr<Rules> rules_;
  std::shared_ptr<ScriptedModel> model_;
};

}  // namespace memllm
