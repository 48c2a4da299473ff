// Facts for people.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "memllm/document.h"
#include "memllm/fact.h"
#include "terminal/terminal.h"

namespace memllm::cli {

// "subject — relation — object", printable.
std::string triple_text(const Triple& triple);
std::string triple_text(const Fact& fact);

// The model's certainty: exp of the mean log-probability, "0.87"; "" for a fact that no model wrote.
std::string score_text(const std::optional<double>& mean_log_probability);
std::string best_score_text(const Fact& fact);

// "notes.txt, sentence 3" (counted from 1), or who stated it. Printable.
std::string origin_text(const Source& source);

// A table: id, subject, relation, object, score, source; with a state column when any is retracted.
void print_fact_table(std::ostream& out, const std::vector<Fact>& facts, const Terminal& terminal);
// Each source on lines of their own, indented: the sentence with subject and object marked, origin and score.
void print_sources(std::ostream& out, const std::vector<Source>& sources, const Terminal& terminal, const std::string& indent);
// Each sentence once, then the facts that it states with their scores. Facts of one sentence stand together if they do so in facts.
void print_by_sentence(std::ostream& out, const std::vector<LearnedFact>& facts, const Terminal& terminal, const std::string& indent);
// For print_by_sentence: each fact with its first source, or its first one in the document if that is given.
std::vector<LearnedFact> with_one_source(const std::vector<Fact>& facts, const std::optional<std::string>& document);
// Everything about one fact.
void print_fact(std::ostream& out, const Fact& fact, const Terminal& terminal);

void print_events(std::ostream& out, const std::vector<Event>& events, const Terminal& terminal);

}  // namespace memllm::cli
