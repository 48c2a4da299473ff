#include "terminal/fact_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace memllm::cli {
namespace {

const Terminal& no_terminal() {
  static const Terminal terminal(-1);
  return terminal;
}

Source source_of(const std::string& document, std::int64_t sentence, const std::string& text, const Timestamp& at) {
  Source source;
  source.document = document;
  source.sentence = sentence;
  source.text = text;
  source.asserted_at = at;
  source.mean_log_probability = std::log(0.5);
  return source;
}

Fact fact_of(FactId id, const std::string& object, std::vector<Source> sources) {
  Fact fact;
  fact.id = id;
  fact.subject = "Acme";
  fact.relation = "founder";
  fact.object = object;
  fact.recorded_at = "2026-01-01T00:00:00.000Z";
  fact.sources = std::move(sources);
  return fact;
}

TEST(FactText, EverySentenceIsShownOnceWithItsFacts) {
  const Source source = source_of("a.txt", 0, "Jane and John founded Acme.", "2026-01-01T00:00:00.000Z");
  std::ostringstream out;
  print_by_sentence(out, with_one_source({fact_of(1, "Jane", {source}), fact_of(2, "John", {source})}, std::nullopt), no_terminal(), "");
  EXPECT_EQ(out.str(),
            "\"Jane and John founded Acme.\"  a.txt, sentence 1\n"
            "  #1  Acme — founder — Jane  score 0.50\n"
            "  #2  Acme — founder — John  score 0.50\n");
}

TEST(FactText, TheSourceInTheDocumentAskedForIsShown) {
  const Fact fact = fact_of(1, "Jane", {source_of("a.txt", 0, "A.", ""), source_of("b.txt", 4, "B.", "")});
  EXPECT_EQ(with_one_source({fact}, "b.txt").front().source.text, "B.");
  EXPECT_EQ(with_one_source({fact}, "c.txt").front().source.text, "A.");
  EXPECT_EQ(with_one_source({fact_of(2, "x", {})}, "c.txt").front().source, Source{});
}

TEST(FactText, SpansThatDoNotFitTheTextDoNoHarm) {
  Source source = source_of("a.txt", 0, "short\033[2J", "");
  source.subject_span = Span{2, 500};
  source.object_span = Span{-4, 3};
  std::ostringstream out;
  print_sources(out, {source}, no_terminal(), "");
  EXPECT_EQ(out.str().find('\033'), std::string::npos);
  EXPECT_NE(out.str().find("short"), std::string::npos);
}

}  // namespace
}  // namespace memllm::cli
