#include "eval/perplexity_json.h"

#include <array>
#include <string>
#include <utility>

#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kMeans{std::pair{"overall", &PerplexityResult::overall}, std::pair{"target", &PerplexityResult::target},
                            std::pair{"target_tokens", &PerplexityResult::target_tokens}, std::pair{"entity", &PerplexityResult::entity},
                            std::pair{"open_at_points", &PerplexityResult::open_at_points}};
constexpr std::array kCounts{std::pair{"documents", &PerplexityResult::documents},
                             std::pair{"skipped", &PerplexityResult::skipped},
                             std::pair{"points", &PerplexityResult::points},
                             std::pair{"calls", &PerplexityResult::calls},
                             std::pair{"calls_at_points", &PerplexityResult::calls_at_points},
                             std::pair{"kept", &PerplexityResult::kept},
                             std::pair{"empty", &PerplexityResult::empty},
                             std::pair{"malformed", &PerplexityResult::malformed},
                             std::pair{"with_target", &PerplexityResult::with_target},
                             std::pair{"with_gold_query", &PerplexityResult::with_gold_query}};

Json outcome_json(const PointOutcome& outcome) {
  return {{"kept", outcome.kept},
          {"with_target", outcome.with_target},
          {"with_gold_query", outcome.with_gold_query},
          {"answers", outcome.answers},
          {"call_probability", outcome.call_probability},
          {"query_log_probability", outcome.query_log_probability},
          {"loss_without", outcome.loss_without},
          {"loss_with", outcome.loss_with}};
}

PointOutcome outcome_of(const Json& json) {
  return {json.at("kept").get<bool>(),           json.at("with_target").get<bool>(),        json.at("with_gold_query").get<bool>(),
          json.at("answers").get<std::size_t>(), json.at("call_probability").get<double>(), json.at("query_log_probability").get<double>(),
          json.at("loss_without").get<double>(), json.at("loss_with").get<double>()};
}

}  // namespace

Json perplexity_json(const PerplexityResult& result) {
  Json json = Json::object();
  for (const auto& [name, mean] : kMeans) json[name] = {(result.*mean).sum, (result.*mean).count};
  for (const auto& [name, count] : kCounts) json[name] = result.*count;
  json["outcomes"] = Json::array();
  for (const PointOutcome& outcome : result.outcomes) json["outcomes"].push_back(outcome_json(outcome));
  return json;
}

PerplexityResult perplexity_of_json(const Json& json) {
  PerplexityResult result;
  try {
    for (const auto& [name, mean] : kMeans) result.*mean = {json.at(name).at(0).get<double>(), json.at(name).at(1).get<std::size_t>()};
    for (const auto& [name, count] : kCounts) result.*count = json.at(name).get<std::size_t>();
    for (const Json& outcome : json.at("outcomes")) result.outcomes.push_back(outcome_of(outcome));
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, std::string("no result of a document: ") + error.what());
  }
  return result;
}

}  // namespace memllm
