#include "wire/json.h"

#include "base/event_kind.h"
#include "wire/words.h"

namespace memllm {
namespace {

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::optional<Span>& span) { return span ? json_of(*span) : Json(nullptr); }

}  // namespace

Json json_of(const Span& span) { return Json::array({span.begin, span.end}); }

Json json_of(const Source& source) {
  return {{"document", source.document},
          {"sentence", source.sentence},
          {"text", source.text},
          {"sentence_span", json_of(source.sentence_span)},
          {"subject_span", or_null(source.subject_span)},
          {"object_span", or_null(source.object_span)},
          {"author", source.author},
          {"model", source.model},
          {"adapter", source.adapter},
          {"mean_log_probability", or_null(source.mean_log_probability)},
          {"asserted_at", source.asserted_at}};
}

Json json_of(const Fact& fact) {
  Json sources = Json::array();
  for (const Source& source : fact.sources) sources.push_back(json_of(source));
  return {{"id", fact.id},
          {"namespace", fact.name_space},
          {"subject", fact.subject},
          {"relation", fact.relation},
          {"object", fact.object},
          {"active", fact.active()},
          {"quarantined", fact.quarantined},
          {"recorded_at", fact.recorded_at},
          {"valid_from", or_null(fact.valid_from)},
          {"valid_to", or_null(fact.valid_to)},
          {"retracted_at", or_null(fact.retracted_at)},
          {"retraction_reason", fact.retraction_reason},
          {"successor", or_null(fact.successor)},
          {"sources", std::move(sources)}};
}

Json json_of(const std::vector<Fact>& facts) {
  Json out = Json::array();
  for (const Fact& fact : facts) out.push_back(json_of(fact));
  return out;
}

Json json_of(const Event& event) {
  return {{"id", event.id},
          {"kind", to_string(event.kind)},
          {"at", event.at},
          {"fact", or_null(event.fact)},
          {"detail", event.detail},
          {"author", event.author},
          {"undone_by", or_null(event.undone_by)}};
}

Json json_of(const Query& query) {
  return {{"subject", or_null(query.subject)}, {"relation", query.relation}, {"object", or_null(query.object)}};
}

Json json_of(const QueryResult& result) {
  Json matches = Json::array();
  for (const QueryMatch& match : result.matches) {
    matches.push_back({{"answer", match.answer},
                       {"score", match.score()},
                       {"entity_similarity", match.entity_similarity},
                       {"relation_similarity", match.relation_similarity},
                       {"fact", json_of(match.fact)},
                       {"premises", json_of(match.premises)},
                       {"confidence", match.confidence}});
  }
  return {{"outcome", to_string(result.outcome)}, {"exact", result.exact}, {"matches", std::move(matches)}};
}

Json json_of(const CallTrace& call) {
  Json queries = Json::array();
  for (const Query& query : call.queries) queries.push_back(json_of(query));
  Json results = Json::array();
  for (const QueryResult& result : call.results) results.push_back(json_of(result));
  return {{"call", call.call},
          {"queries", std::move(queries)},
          {"results", std::move(results)},
          {"returned", call.returned},
          {"dropped_because", call.dropped_because ? Json(to_string(*call.dropped_because)) : Json(nullptr)},
          {"call_probability", call.call_probability},
          {"text_span", json_of(call.text_span)}};
}

Json json_of(const Sentence& sentence) {
  return {{"id", sentence.id},
          {"document", sentence.document},
          {"title", sentence.title},
          {"author", sentence.author},
          {"date", sentence.date},
          {"number", sentence.number},
          {"span", json_of(sentence.span)},
          {"text", sentence.text},
          {"heading", sentence.heading},
          {"speaker", sentence.speaker},
          {"is_heading", sentence.is_heading},
          {"learned_at", sentence.learned_at},
          {"withdrawn_at", or_null(sentence.withdrawn_at)}};
}

Json json_of(const SearchHit& hit) {
  const auto list = [](const std::vector<Sentence>& sentences) {
    Json all = Json::array();
    for (const Sentence& sentence : sentences) all.push_back(json_of(sentence));
    return all;
  };
  return {{"score", hit.score},
          {"sentence", hit.sentence ? json_of(*hit.sentence) : Json(nullptr)},
          {"facts", json_of(hit.facts)},
          {"before", list(hit.before)},
          {"after", list(hit.after)}};
}

Json json_of(const DocumentInfo& document) {
  return {{"name", document.name},
          {"title", document.title},
          {"author", document.author},
          {"date", document.date},
          {"learned_at", document.learned_at},
          {"sentences", document.sentences},
          {"facts", document.facts},
          {"quarantined", document.quarantined}};
}

Json json_of(const LearnedFact& fact) {
  return {{"id", or_null(fact.id)},
          {"subject", fact.triple.subject},
          {"relation", fact.triple.relation},
          {"object", fact.triple.object},
          {"quarantined", fact.quarantined},
          {"doubt", fact.doubt == Doubt::kNone ? Json(nullptr) : Json(to_string(fact.doubt))},
          {"judgement", or_null(fact.judgement)},
          {"rejected", fact.rejected},
          {"source", json_of(fact.source)}};
}

Json json_of(const DocumentReport& report) {
  Json facts = Json::array();
  for (const LearnedFact& fact : report.facts) facts.push_back(json_of(fact));
  return {{"document", report.document},       {"state", to_string(report.state)}, {"sentences", report.sentences},
          {"quarantined", report.quarantined}, {"rejected", report.rejected},      {"retracted", report.retracted},
          {"malformed", report.malformed},     {"facts", std::move(facts)}};
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace memllm
