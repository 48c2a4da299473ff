#include "base/example_file.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "memllm-examples";
constexpr int kVersion = 1;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// What is wrong with the segment; empty: nothing.
std::string problem_of(const Example& example, std::size_t index) {
  const ExampleSegment& segment = example.segments[index];
  if (segment.weights.size() != segment.tokens.size()) return "tokens and weights differ in number";
  for (const float weight : segment.weights) {
    if (!std::isfinite(weight)) return "a weight is not a finite number";
  }
  for (const std::int32_t token : segment.tokens) {
    if (token < 0) return "a token is negative";
  }
  if (segment.window < 0) return "window is negative";
  if (index == 0) return segment.parent == -1 && segment.at == 0 ? "" : "the first segment must be the root";
  if (segment.parent < 0 || static_cast<std::size_t>(segment.parent) >= index) return "parent must be an earlier segment";
  const auto parent_tokens = example.segments[static_cast<std::size_t>(segment.parent)].tokens.size();
  if (segment.at < 0 || static_cast<std::size_t>(segment.at) > parent_tokens) return "at lies outside the parent";
  return "";
}

void check(const Example& example, ErrorKind kind, const std::string& where) {
  if (example.segments.empty()) throw Error(kind, where + ": an example needs at least one segment");
  for (std::size_t i = 0; i < example.segments.size(); ++i) {
    const std::string problem = problem_of(example, i);
    if (!problem.empty()) throw Error(kind, where + ", segment " + std::to_string(i) + ": " + problem);
  }
}

// Weights as runs [begin, end, weight] of equal non-zero weights.
Json runs_of(const std::vector<float>& weights) {
  Json runs = Json::array();
  for (std::size_t begin = 0; begin < weights.size();) {
    std::size_t end = begin + 1;
    while (end < weights.size() && weights[end] == weights[begin]) ++end;
    if (weights[begin] != 0) runs.push_back(Json::array({begin, end, weights[begin]}));
    begin = end;
  }
  return runs;
}

std::vector<float> weights_of(const Json& runs, std::size_t size) {
  std::vector<float> weights(size, 0.0F);
  std::size_t last_end = 0;
  for (const Json& run : runs) {
    if (!run.is_array() || run.size() != 3) throw std::invalid_argument("a run of weights is not [begin, end, weight]");
    const auto begin = run[0].get<std::size_t>();
    const auto end = run[1].get<std::size_t>();
    if (begin < last_end || end <= begin || end > size) throw std::invalid_argument("a run of weights is out of order or range");
    std::fill(weights.begin() + static_cast<std::ptrdiff_t>(begin), weights.begin() + static_cast<std::ptrdiff_t>(end),
              run[2].get<float>());
    last_end = end;
  }
  return weights;
}

Json to_json(const Example& example) {
  Json segments = Json::array();
  for (const ExampleSegment& segment : example.segments) {
    segments.push_back({{"parent", segment.parent},
                        {"at", segment.at},
                        {"window", segment.window},
                        {"tokens", segment.tokens},
                        {"weights", runs_of(segment.weights)}});
  }
  return {{"name", example.name}, {"segments", std::move(segments)}};
}

Example example_of(const Json& json) {
  Example example;
  example.name = json.at("name").get<std::string>();
  for (const Json& part : json.at("segments")) {
    ExampleSegment segment;
    segment.parent = part.at("parent").get<int>();
    segment.at = part.at("at").get<std::int32_t>();
    segment.window = part.at("window").get<std::int32_t>();
    segment.tokens = part.at("tokens").get<std::vector<std::int32_t>>();
    segment.weights = weights_of(part.at("weights"), segment.tokens.size());
    example.segments.push_back(std::move(segment));
  }
  return example;
}

ExampleFileHeader header_of(const Json& json, const std::string& where) {
  if (json.value("format", "") != kFormat) throw Error(ErrorKind::kCorrupt, where + ": not a file of training examples");
  if (json.at("version").get<int>() != kVersion) {
    throw Error(ErrorKind::kUnsupported, where + ": examples of version " + json.at("version").dump() + "; build them again");
  }
  return {json.at("task").get<std::string>(), json.at("model").get<std::string>(), json.at("source").get<std::string>(),
          json.at("options").get<std::string>()};
}

}  // namespace

std::size_t Example::tokens() const {
  std::size_t count = 0;
  for (const ExampleSegment& segment : segments) count += segment.tokens.size();
  return count;
}

std::size_t Example::loss_tokens() const {
  std::size_t count = 0;
  for (const ExampleSegment& segment : segments) {
    for (const float weight : segment.weights) count += weight != 0 ? 1 : 0;
  }
  return count;
}

void write_examples(const std::filesystem::path& file, const ExampleFileHeader& header, const std::vector<Example>& examples) {
  for (const Example& example : examples) check(example, ErrorKind::kInvalidArgument, "example \"" + example.name + "\"");
  // Written beside and renamed, so that a reader never sees half a file.
  std::filesystem::path partial = file;
  partial += ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  out << dump({{"format", kFormat},
               {"version", kVersion},
               {"task", header.task},
               {"model", header.model},
               {"source", header.source},
               {"options", header.options}})
      << '\n';
  for (const Example& example : examples) out << dump(to_json(example)) << '\n';
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(partial, file, error);
  if (!out || error) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw Error(ErrorKind::kIo, "cannot write " + file.string() + "; check that the folder exists and has space");
  }
}

ExampleFile read_examples(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorKind::kIo, "cannot read " + file.string());
  ExampleFile result;
  std::string line;
  std::size_t number = 0;
  while (std::getline(in, line)) {
    const std::string where = file.string() + " line " + std::to_string(++number);
    try {
      const Json json = Json::parse(line);
      if (number == 1) {
        result.header = header_of(json, where);
      } else {
        result.examples.push_back(example_of(json));
      }
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(ErrorKind::kCorrupt, where + ": " + error.what());
    }
    if (number > 1) check(result.examples.back(), ErrorKind::kCorrupt, where);
  }
  if (in.bad()) throw Error(ErrorKind::kIo, "cannot read all of " + file.string());
  if (number == 0) throw Error(ErrorKind::kCorrupt, file.string() + " is empty: it needs a header line");
  return result;
}

}  // namespace memllm
