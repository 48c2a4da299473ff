#include "calibration_corpus.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/name.h"
#include "base/text.h"
#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::json;

Json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw Error(ErrorKind::kNotFound, "cannot open " + file.string());
  return Json::parse(in);
}

// Numbers strings in order of appearance.
class Numbering {
 public:
  explicit Numbering(std::vector<std::string>& shown) : shown_(shown) {}
  int number(const std::string& key, const std::string& shown) {
    const auto [entry, is_new] = numbers_.emplace(key, static_cast<int>(shown_.size()));
    if (is_new) shown_.push_back(shown);
    return entry->second;
  }

 private:
  std::map<std::string, int> numbers_;
  std::vector<std::string>& shown_;
};

CalibrationEntity to_entity(const Json& mentions, Numbering& names) {
  CalibrationEntity entity;
  for (const Json& mention : mentions) {
    const std::string name = clean_name(repair_utf8(mention.at("name").get<std::string>()));
    const int number = names.number(normalised(name), name);
    if (std::find(entity.names.begin(), entity.names.end(), number) == entity.names.end()) entity.names.push_back(number);
    const std::string type = mention.at("type");
    entity.is_number = entity.is_number || type == "TIME" || type == "NUM";
  }
  return entity;
}

}  // namespace

CalibrationCorpus read_calibration_corpus(const std::filesystem::path& documents, const std::filesystem::path& relation_names) try {
  CalibrationCorpus corpus;
  Numbering names(corpus.names);
  Numbering relations(corpus.relations);
  const auto relation_name = read_json(relation_names).get<std::map<std::string, std::string>>();
  for (const Json& json : read_json(documents)) {
    CalibrationDocument document;
    for (const Json& mentions : json.at("vertexSet")) document.entities.push_back(to_entity(mentions, names));
    for (const Json& label : json.at("labels")) {
      const std::string& name = relation_name.at(label.at("r"));
      document.facts.push_back({label.at("h"), label.at("t"), relations.number(name, name)});
      (void)document.entities.at(label.at("h").get<std::size_t>());
      (void)document.entities.at(label.at("t").get<std::size_t>());
    }
    corpus.documents.push_back(std::move(document));
  }
  corpus.aliases.resize(corpus.names.size());
  for (const CalibrationDocument& document : corpus.documents) {
    for (const CalibrationEntity& entity : document.entities) {
      for (const int name : entity.names) corpus.aliases[static_cast<std::size_t>(name)].insert(entity.names.begin(), entity.names.end());
    }
  }
  return corpus;
} catch (const std::out_of_range& error) {
  throw Error(ErrorKind::kInvalidArgument, documents.string() + " is not a list of documents in DocRED's format: " + error.what());
} catch (const Json::exception& error) {
  throw Error(ErrorKind::kInvalidArgument, documents.string() + " is not a list of documents in DocRED's format: " + error.what());
}

}  // namespace memllm
