#include "terminal/fact_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/event_kind.h"
#include "terminal/display.h"
#include "terminal/sentence_text.h"
#include "terminal/table.h"
#include "wire/json.h"

namespace memllm::cli {
namespace {

std::optional<double> best_score(const Fact& fact) {
  std::optional<double> best;
  for (const Source& source : fact.sources) {
    if (source.mean_log_probability && (!best || *source.mean_log_probability > *best)) best = source.mean_log_probability;
  }
  return best;
}

bool fits(const std::optional<Span>& span, const std::string& text) {
  return span && span->begin >= 0 && span->begin < span->end && span->end <= static_cast<std::int64_t>(text.size());
}

std::string part(const std::string& text, std::int64_t begin, std::int64_t end) {
  return printable(std::string_view(text).substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
}

// The sentence with the mentions of subject and object set off, where there is colour.
std::string sentence_text(const Source& source, const Terminal& terminal) {
  std::vector<Span> mentions;
  if (fits(source.subject_span, source.text)) mentions.push_back(*source.subject_span);
  if (fits(source.object_span, source.text)) mentions.push_back(*source.object_span);
  std::sort(mentions.begin(), mentions.end());
  std::string out;
  std::int64_t at = 0;
  for (const Span& mention : mentions) {
    if (mention.begin < at) continue;
    out += part(source.text, at, mention.begin) + terminal.styled(Style::kBold, part(source.text, mention.begin, mention.end));
    at = mention.end;
  }
  return out + part(source.text, at, static_cast<std::int64_t>(source.text.size()));
}

std::string state_text(const Fact& fact) {
  if (fact.active()) return "active";
  if (fact.quarantined) return "quarantined";
  return fact.successor ? "replaced by " + std::to_string(*fact.successor) : "retracted";
}

}  // namespace

std::string triple_text(const Triple& triple) {
  return printable(triple.subject) + " — " + printable(triple.relation) + " — " + printable(triple.object);
}

std::string triple_text(const Fact& fact) { return triple_text(Triple{fact.subject, fact.relation, fact.object}); }

std::string score_text(const std::optional<double>& mean_log_probability) {
  if (!mean_log_probability) return "";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.2f", std::exp(*mean_log_probability));
  return buffer;
}

std::string best_score_text(const Fact& fact) { return score_text(best_score(fact)); }

std::string origin_text(const Source& source) {
  if (source.document.empty()) return source.author.empty() ? "stated by hand" : "stated by " + printable(source.author);
  std::string out = document_text(source.document);
  if (source.sentence >= 0) out += ", sentence " + std::to_string(source.sentence + 1);
  return out;
}

void print_fact_table(std::ostream& out, const std::vector<Fact>& facts, const Terminal& terminal) {
  const bool states = std::any_of(facts.begin(), facts.end(), [](const Fact& fact) { return !fact.active(); });
  std::vector<Column> columns{{"id", Align::kRight}, {"subject"}, {"relation"}, {"object"}, {"score", Align::kRight}, {"source"}};
  if (states) columns.push_back({"state"});
  Table table(columns);
  for (const Fact& fact : facts) {
    std::string origin = fact.sources.empty() ? "" : origin_text(fact.sources.front());
    if (fact.sources.size() > 1) origin += " (+" + std::to_string(fact.sources.size() - 1) + ")";
    std::vector<std::string> cells{std::to_string(fact.id), fact.subject, fact.relation, fact.object, best_score_text(fact), origin};
    if (states) cells.push_back(state_text(fact));
    table.add(cells);
  }
  table.print(out, terminal.width());
}

void print_sources(std::ostream& out, const std::vector<Source>& sources, const Terminal& terminal, const std::string& indent) {
  for (const Source& source : sources) {
    if (!source.text.empty()) out << indent << "\"" << sentence_text(source, terminal) << "\"\n";
    std::string origin = origin_text(source);
    const std::string score = score_text(source.mean_log_probability);
    if (!score.empty()) origin += ", score " + score;
    out << indent << terminal.styled(Style::kDim, origin) << '\n';
  }
}

void print_by_sentence(std::ostream& out, const std::vector<LearnedFact>& facts, const Terminal& terminal, const std::string& indent) {
  const Source* shown = nullptr;
  for (const LearnedFact& fact : facts) {
    const Source& source = fact.source;
    const bool same = shown != nullptr && shown->document == source.document && shown->sentence == source.sentence &&
                      shown->text == source.text && shown->author == source.author;
    if (!same) {
      if (!source.text.empty()) out << indent << "\"" << printable(source.text) << "\"  ";
      out << (source.text.empty() ? indent : "") << terminal.styled(Style::kDim, origin_text(source)) << '\n';
      shown = &source;
    }
    const std::string score = score_text(source.mean_log_probability);
    out << indent << "  " << (fact.id ? "#" + std::to_string(*fact.id) + "  " : "")
        << terminal.styled(Style::kBold, triple_text(fact.triple)) << (score.empty() ? "" : "  score " + score)
        << (fact.quarantined ? "  quarantined" : "") << '\n';
  }
}

std::vector<LearnedFact> with_one_source(const std::vector<Fact>& facts, const std::optional<std::string>& document) {
  std::vector<LearnedFact> out;
  for (const Fact& fact : facts) {
    auto source = fact.sources.begin();
    if (document) source = std::find_if(source, fact.sources.end(), [&](const Source& each) { return each.document == *document; });
    if (source == fact.sources.end()) source = fact.sources.begin();
    out.push_back(
        {{fact.subject, fact.relation, fact.object}, source == fact.sources.end() ? Source{} : *source, fact.id, fact.quarantined});
  }
  return out;
}

void print_fact(std::ostream& out, const Fact& fact, const Terminal& terminal) {
  out << "#" << fact.id << "  " << terminal.styled(Style::kBold, triple_text(fact)) << '\n';
  out << "  recorded  " << fact.recorded_at << '\n';
  if (fact.valid_from || fact.valid_to) {
    out << "  holds     " << fact.valid_from.value_or("…") << " to " << fact.valid_to.value_or("…") << '\n';
  }
  if (fact.quarantined) {
    out << "  quarantined: " << printable(fact.retraction_reason) << "; `memllm facts accept " << fact.id << "` or `memllm facts retract "
        << fact.id << "`\n";
  } else if (!fact.active()) {
    out << "  retracted " << *fact.retracted_at << ": " << printable(fact.retraction_reason) << '\n';
    if (fact.successor) out << "  replaced by #" << *fact.successor << '\n';
  }
  print_sources(out, fact.sources, terminal, "  ");
}

void print_events(std::ostream& out, const std::vector<Event>& events, const Terminal& terminal) {
  Table table({{"event", Align::kRight}, {"at"}, {"kind"}, {"fact", Align::kRight}, {"by"}, {"what"}});
  for (const Event& event : events) {
    std::string detail = event.detail;
    if (event.undone_by) detail += " [undone by event " + std::to_string(*event.undone_by) + "]";
    table.add({std::to_string(event.id), event.at, std::string(to_string(event.kind)), event.fact ? std::to_string(*event.fact) : "",
               event.author, detail});
  }
  table.print(out, terminal.width());
}

}  // namespace memllm::cli
