// What use is measured on (tests/practice/README.md): documents of the kinds that people have, questions about them, and counts of
// sentences found and questions answered.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "memllm/document.h"
#include "memllm/fact.h"
#include "memllm/options.h"

namespace memllm {

// Which half of the questions: choices are made on the one, figures reported of the other.
enum class PracticeHalf { kChoosing, kReporting, kAll };

struct PracticeQuestion {
  std::string id;    // its first letter is the world that it is about
  std::string kind;  // "single", "list", …; without an answer "no_value", …
  std::string text;
  std::string asker;                   // who asks, where it matters; empty: nobody in particular
  std::vector<std::string> answers;    // all must stand in the answer, each in one of its ways ("3|three"); empty: there is none
  std::vector<std::string> forbidden;  // none may
  std::vector<std::string> sentences;  // that give the answer, as the documents have them
  bool answerable() const { return !answers.empty(); }
};

// Documents that are learned together, and the questions about them.
struct PracticeWorld {
  std::string name;  // "notes", "summaries"
  std::vector<Document> documents;
  std::vector<PracticeQuestion> questions;
};

// folder: notes/ with documents and notes.jsonl, summaries.json (titles) and summaries.jsonl. summaries: Wikipedia summaries by title, of
// the package that the demo uses. Throws kNotFound, kInvalidArgument with file and line.
std::vector<PracticeWorld> read_practice_set(const std::filesystem::path& folder, const std::filesystem::path& summaries, PracticeHalf half,
                                             const Logger& logger);

enum class PracticeVerdict { kRight, kWrong, kRefused };

// from_memory: the answer is said to be known. Names stand there as whole words, whatever their case, accents and dashes.
PracticeVerdict judge_answer(const PracticeQuestion& question, const std::string& answer, bool from_memory);
// Whether a text that was found is one of the question's sentences, or holds one, or a part of one.
bool is_sentence_of(const PracticeQuestion& question, const std::string& text);

// Questions whose sentence stands among the first 1, 3, 5 that a search gives; of those that have an answer and a sentence.
struct FoundCounts {
  std::size_t asked = 0, first = 0, among_three = 0, among_five = 0;
  void add(const PracticeQuestion& question, std::span<const std::string> found);
};

// A fact that was read from a document, and what people say of it.
struct JudgedFact {
  enum class Verdict { kUseful, kOdd, kFalse } verdict = Verdict::kFalse;  // kOdd: true, but nobody would ask, or a name is cut or joined
  std::string document;                                                    // the end of its name
  Triple triple;
};
// The set's facts.jsonl, of every second document by name; empty where there is none. Throws kInvalidArgument with file and line.
std::vector<JudgedFact> read_judged_facts(const std::filesystem::path& folder, PracticeHalf half);

// Believed facts by verdict. unjudged: nobody has judged them.
struct BelievedCounts {
  std::size_t useful = 0, odd = 0, wrong = 0, unjudged = 0;
  void add(const Fact& fact, std::span<const JudgedFact> judged);
};

struct AnswerCounts {
  std::size_t asked = 0, right = 0, wrong = 0, refused = 0;
  void add(PracticeVerdict verdict);
};

// 95 % interval of a share (Wilson 1927), for figures of few questions.
struct Interval {
  double low = 0, high = 0;
};
Interval wilson_interval(std::size_t hits, std::size_t of);

// A world's questions: those with an answer, those without, and both by kind.
struct PracticeCounts {
  AnswerCounts answerable, unanswerable;
  std::map<std::string, AnswerCounts> kinds;
  void add(const PracticeQuestion& question, PracticeVerdict verdict);
};

}  // namespace memllm
