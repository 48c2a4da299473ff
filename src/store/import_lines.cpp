#include "store/import_lines.h"

#include "base/event_kind.h"
#include "base/json_fields.h"
#include "memllm/error.h"
#include "store/checks.h"

namespace memllm {

FactLine fact_line(const nlohmann::ordered_json& json, const Timestamp& now) {
  JsonFields fields("fact", json);
  fields.text("type");
  FactLine fact;
  fact.id = fields.optional_id("id");
  fact.triple.subject = checked_name("subject", fields.text("subject")).text;
  fact.triple.relation = checked_name("relation", fields.text("relation")).text;
  fact.triple.object = checked_name("object", fields.text("object")).text;
  fact.recorded_at = fields.optional_time("recorded_at").value_or(now);
  fact.valid_from = fields.optional_time("valid_from");
  fact.valid_to = fields.optional_time("valid_to");
  check_valid_time(fact.valid_from, fact.valid_to);
  fact.retracted_at = fields.optional_time("retracted_at");
  fact.retracted_by = fields.optional_id("retracted_by");
  fact.reason = fields.text_or("reason", "");
  fact.successor = fields.optional_id("successor");
  fact.gaps = fields.optional_array("gaps");
  fact.sources = fields.optional_array("sources");
  fields.refuse_others();
  if (!fact.retracted_at && (fact.retracted_by || fact.successor || !fact.reason.empty())) fields.fail("retracted_at", "is missing");
  if (fact.retracted_at && *fact.retracted_at < fact.recorded_at) fields.fail("retracted_at", "is before recorded_at");
  return fact;
}

SourceLine source_line(const nlohmann::ordered_json& json, const Timestamp& now) {
  JsonFields fields("source", json);
  SourceLine line;
  line.id = fields.optional_id("id");
  Source& source = line.source;
  source.document = fields.text_or("document", "");
  source.sentence = fields.optional_integer("sentence").value_or(-1);
  source.text = fields.text_or("text", "");
  source.sentence_span = fields.optional_span("sentence_span").value_or(Span());
  source.subject_span = fields.optional_span("subject_span");
  source.object_span = fields.optional_span("object_span");
  source.author = fields.text_or("author", "");
  source.model = fields.text_or("model", "");
  source.adapter = fields.text_or("adapter", "");
  source.mean_log_probability = fields.optional_number("mean_log_probability");
  source.asserted_at = fields.optional_time("asserted_at").value_or(now);
  line.withdrawn_by = fields.optional_id("withdrawn_by");
  fields.refuse_others();
  source = checked_source(source);
  return line;
}

SentenceLine sentence_line(const nlohmann::ordered_json& json, const Timestamp& now) {
  JsonFields fields("sentence", json);
  fields.text("type");
  SentenceLine line;
  line.id = fields.optional_id("id");
  line.document = fields.integer("document");
  line.number = fields.integer("number");
  if (line.number < 0) fields.fail("number", "is negative");
  line.span = fields.optional_span("span").value_or(Span());
  line.text = fields.text("text");
  line.heading = fields.text_or("heading", "");
  line.speaker = fields.text_or("speaker", "");
  line.is_heading = fields.boolean_or("is_heading", false);
  line.learned_at = fields.optional_time("learned_at").value_or(now);
  line.learned_by = fields.optional_id("learned_by");
  line.withdrawn_at = fields.optional_time("withdrawn_at");
  line.withdrawn_by = fields.optional_id("withdrawn_by");
  fields.refuse_others();
  if (line.withdrawn_by && !line.withdrawn_at) fields.fail("withdrawn_at", "is missing");
  return line;
}

EventLine event_line(const nlohmann::ordered_json& json, const Timestamp& now) {
  JsonFields fields("event", json);
  fields.text("type");
  EventLine event;
  event.id = fields.optional_id("id");
  event.kind = fields.text("kind");
  if (!event_kind_of(event.kind)) fields.fail("kind", "\"" + event.kind + "\" is not known");
  event.at = fields.optional_time("at").value_or(now);
  event.fact = fields.optional_id("fact");
  event.detail = fields.text_or("detail", "");
  event.author = fields.text_or("author", "");
  event.undone_by = fields.optional_id("undone_by");
  event.part_of = fields.optional_id("part_of");
  event.refs = fields.optional_array("refs");
  event.payload = fields.optional_object("payload");
  fields.refuse_others();
  return event;
}

}  // namespace memllm
