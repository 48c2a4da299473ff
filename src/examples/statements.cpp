#include "examples/statements.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/name.h"
#include "examples/seeded_random.h"
#include "memllm/error.h"

namespace memllm {
namespace {

StatedFacts parse_statement(const std::string& line) {
  const auto json = nlohmann::json::parse(line);
  StatedFacts statement{json.at("text").get<std::string>(), {}};
  for (const auto& fact : json.at("facts")) {
    Triple triple{fact.at(0).get<std::string>(), fact.at(1).get<std::string>(), fact.at(2).get<std::string>()};
    for (const std::string& name : {triple.subject, triple.object}) {
      if (statement.text.find(name) == std::string::npos) throw Error(ErrorKind::kInvalidArgument, "\"" + name + "\" is not in the text");
    }
    statement.facts.push_back(std::move(triple));
  }
  return statement;
}

std::string about(const std::string& wording, const std::string& name) {
  std::string text = wording;
  return text.replace(text.find(kNamePlaceholder), std::string_view(kNamePlaceholder).size(), name);
}

}  // namespace

std::vector<StatedFacts> read_statements(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorKind::kNotFound, file.string() + ": cannot be read");
  std::vector<StatedFacts> statements;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const std::string where = file.string() + ":" + std::to_string(number) + ": ";
    try {
      statements.push_back(parse_statement(line));
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorKind::kInvalidArgument, where + "needs {\"text\": …, \"facts\": [[subject, relation, object], …]}: " + error.what());
    } catch (const Error& error) {
      throw Error(ErrorKind::kInvalidArgument, where + error.what());
    }
  }
  if (in.bad()) throw Error(ErrorKind::kIo, file.string() + ": cannot be read");
  return statements;
}

std::vector<StatedFacts> question_statements(const DocRedDocument& document, const Language& language, std::size_t count,
                                             std::uint64_t seed) {
  const std::vector<std::string>& joints = language.prompts.answer_joints;
  SeededRandom random(seed, "statements " + document.title);
  std::vector<const DocRedLabel*> labels;
  for (const DocRedLabel& label : document.labels) {
    if (language.wordings.find(Name(label.relation)) != nullptr) labels.push_back(&label);
  }
  std::vector<StatedFacts> statements;
  while (statements.size() < count && !labels.empty()) {
    const std::size_t i = random.below(labels.size());
    const DocRedLabel& label = *std::exchange(labels[i], labels.back());
    labels.pop_back();
    const auto name = [&](int entity) {
      const auto& mentions = document.entities.at(static_cast<std::size_t>(entity));
      return mentions.at(random.below(mentions.size())).name;
    };
    const Triple triple{name(label.head), label.relation, name(label.tail)};
    const auto& questions = language.wordings.find(Name(label.relation))->of(WordingKind::kObjectQuestion);
    const std::string question = about(questions[random.below(questions.size())], triple.subject);
    statements.push_back({question + joints[random.below(joints.size())] + triple.object, {triple}});
  }
  return statements;
}

}  // namespace memllm
