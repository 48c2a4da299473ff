#include "eval/perplexity_json.h"

#include <array>
#include <string>
#include <utility>

#include "memllm/error.h"

namespace memllm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kTextMeans{std::pair{"overall", &TextLosses::overall}, std::pair{"target", &TextLosses::target},
                                std::pair{"target_tokens", &TextLosses::target_tokens}, std::pair{"entity", &TextLosses::entity}};
constexpr std::array kMeans{std::pair{"open_at_points", &PerplexityResult::open_at_points},
                            std::pair{"decisions", &PerplexityResult::decisions}, std::pair{"queries", &PerplexityResult::queries}};
constexpr std::array kDecisionNames{std::pair{"branch", CallDecision::kBranch}, std::pair{"own", CallDecision::kOwn},
                                    std::pair{"given", CallDecision::kGiven}, std::pair{"weigh", CallDecision::kWeigh}};
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
          {"loss_with", outcome.loss_with},
          {"loss_weighed", outcome.loss_weighed}};
}

PointOutcome outcome_of(const Json& json) {
  return {json.at("kept").get<bool>(),           json.at("with_target").get<bool>(),        json.at("with_gold_query").get<bool>(),
          json.at("answers").get<std::size_t>(), json.at("call_probability").get<double>(), json.at("query_log_probability").get<double>(),
          json.at("loss_without").get<double>(), json.at("loss_with").get<double>(),        json.at("loss_weighed").get<double>()};
}

Json mean_json(const MeanLoss& mean) { return {mean.sum, mean.count}; }
MeanLoss mean_of(const Json& json) { return {json.at(0).get<double>(), json.at(1).get<std::size_t>()}; }

}  // namespace

Json perplexity_json(const PerplexityResult& result) {
  Json json = Json::object();
  for (const auto& [decision, index] : kDecisionNames) {
    for (const auto& [name, mean] : kTextMeans) json["losses"][decision][name] = mean_json(result.of(index).*mean);
  }
  for (const auto& [name, mean] : kMeans) json[name] = mean_json(result.*mean);
  for (const auto& [name, count] : kCounts) json[name] = result.*count;
  json["outcomes"] = Json::array();
  for (const PointOutcome& outcome : result.outcomes) json["outcomes"].push_back(outcome_json(outcome));
  return json;
}

PerplexityResult perplexity_of_json(const Json& json) {
  PerplexityResult result;
  try {
    for (const auto& [decision, index] : kDecisionNames) {
      for (const auto& [name, mean] : kTextMeans) result.of(index).*mean = mean_of(json.at("losses").at(decision).at(name));
    }
    for (const auto& [name, mean] : kMeans) result.*mean = mean_of(json.at(name));
    for (const auto& [name, count] : kCounts) result.*count = json.at(name).get<std::size_t>();
    for (const Json& outcome : json.at("outcomes")) result.outcomes.push_back(outcome_of(outcome));
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, std::string("no result of a document: ") + error.what());
  }
  return result;
}

}  // namespace memllm
