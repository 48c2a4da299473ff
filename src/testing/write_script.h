// Scripted models that write calls, and what the writer's tests ask of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "testing/english.h"
#include "testing/scripted_model.h"
#include "write/writer.h"

namespace memllm {

using Preferences = std::vector<std::string>;

// What follows the header of the write call that the text ends in, and the focus before it.
struct OpenCall {
  std::string focus, body;
};
inline OpenCall open_call(const std::string& text) {
  const std::string start = "({USER_ST})", end = "({USER_END})({MEM_WRITE-->";
  const std::size_t begin = text.rfind(start) + start.size();
  const std::size_t middle = text.rfind(end);
  return {text.substr(begin, middle - begin), text.substr(middle + end.size())};
}

// A model that writes, for a focus, a list of steps, each the preferences there; and closes the call when it is off the list's first
// choices.
inline std::shared_ptr<LanguageModel> scripted_calls(const std::map<std::string, std::vector<Preferences>>& calls) {
  return std::make_shared<ScriptedModel>([calls](const std::string&, const std::string& text) -> Preferences {
    const OpenCall call = open_call(text);
    const auto found = calls.find(call.focus);
    if (found == calls.end()) return {"})"};
    std::vector<std::string> reached = {""};
    for (const Preferences& step : found->second) {
      std::vector<std::string> further;
      for (const std::string& body : reached) {
        if (body == call.body) return step;
        for (const std::string& token : step) further.push_back(body + token);
      }
      reached = std::move(further);
    }
    return {"})"};
  });
}

// Steps without alternatives, from tokens separated by blanks ("_" stands for a blank).
inline std::vector<Preferences> steps(const std::string& tokens) {
  std::vector<Preferences> result(1, Preferences(1));
  for (const char byte : tokens) {
    if (byte == ' ') {
      result.push_back(Preferences(1));
    } else {
      result.back()[0] += byte == '_' ? ' ' : byte;
    }
  }
  return result;
}

// A model of no sense: its preferences are drawn from a seed and all of the text so far.
inline std::shared_ptr<LanguageModel> random_model(Preferences alphabet, unsigned seed) {
  return std::make_shared<ScriptedModel>([alphabet = std::move(alphabet), seed](const std::string&, const std::string& text) {
    std::mt19937 random(static_cast<unsigned>(std::hash<std::string>{}(text)) ^ seed);
    Preferences order = alphabet;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    const Preferences urgent = {">>", ">>", ">>", ";", "})", ""};
    if (const std::size_t which = random() % 10; which < urgent.size()) order.insert(order.begin(), urgent[which]);
    std::vector<std::string> unique;
    for (const std::string& token : order) {
      if (std::find(unique.begin(), unique.end(), token) == unique.end()) unique.push_back(token);
    }
    return unique;
  });
}

inline Preferences wide_alphabet() { return {"a", "b", "c", " d", " E", "7", ">>", ";", "})", "({", "-->", "\n", "", "."}; }
inline Preferences narrow_alphabet() { return {"a", "A", ">>", ";", "})", ""}; }

// The scripted models' names stand in no text, and what they say after the end means nothing.
inline WriteOptions any_names(WriteOptions options = {}) {
  options.end_at_strange_names = false;
  options.open_relations = true;
  options.more_facts = 0;
  return options;
}

// What a writer may use that was given `more`.
inline std::vector<std::string> known_relations(std::vector<std::string> more) {
  for (const RelationWordings& worded : english()->wordings.all()) more.push_back(worded.relation);
  return more;
}

class WriterFixture {
 public:
  explicit WriterFixture(std::shared_ptr<LanguageModel> of)
      : model(std::move(of)), format(std::make_shared<CallFormat>(model, ModelOptions{})) {}

  WriteTask task(const std::string& pretext, const std::string& focus) const {
    return {format->text_tokens(pretext), format->text_tokens(focus)};
  }
  std::vector<WriteResult> write(const std::vector<WriteTask>& tasks, const WriteOptions& options = any_names(), std::size_t sequences = 1,
                                 const std::vector<std::string>& relations = {}) const {
    DecoderOptions decoder;
    decoder.sequences = sequences;
    Writer writer(model, format, decoder);
    writer.set_relations(known_relations(relations));
    return writer.write(tasks, options);
  }
  std::vector<Triple> triples(const std::string& focus, const WriteOptions& options = any_names()) const {
    std::vector<Triple> result;
    const auto written = write({task("", focus)}, options);
    for (const WrittenTriple& one : written[0].triples) result.push_back(one.triple);
    return result;
  }
  // Every sentence with all before it, for some documents.
  std::vector<WriteTask> documents(std::size_t count, std::size_t sentences) const {
    std::vector<WriteTask> tasks;
    for (std::size_t document = 0; document < count; ++document) {
      std::string text = "D" + std::to_string(document) + ".";
      for (std::size_t i = 0; i < sentences; ++i) {
        const std::string focus = " S" + std::to_string(i) + " a b ac dE 7 A.";
        tasks.push_back(task(text, focus));
        text += focus;
      }
    }
    return tasks;
  }

  std::shared_ptr<LanguageModel> model;
  std::shared_ptr<const CallFormat> format;
};

}  // namespace memllm
