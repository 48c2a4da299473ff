// Words of a language that are no names, and what they tell about a question.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memllm {

// What a pack's words.tsv says of a word, or of several words in a row.
enum class WordKind {
  kFunction,         // "the", "who": alone never a name
  kMonth,            // "january"
  kDate,             // "century", "bc": stands beside the numbers of a date
  kArticle,          // "the": a noun phrase may begin a question with it
  kPhraseBegin,      // "the", "whose": a noun phrase inside a question begins with it
  kNameAsking,       // "what", "who": with kBeing and a name, a whole question that asks for nothing but the name
  kBeing,            // "is", "was"
  kAsking,           // "who", "what": asks for something
  kAsksWhen,         // "when": asks for a date if no kAsking word stands before it
  kAsksNumber,       // "how many": asks for a number or date wherever it stands
  kAsksName,         // "who", "where": at the beginning, asks for something other than numbers and dates
  kPossessive,       // "'s": the ending of an owner
  kFirstPerson,      // "i", "my": who asks, or who wrote
  kAsksYesNo,        // "is", "did": at the beginning, wants yes or no
  kAsksPossibility,  // "can", "should": at the beginning, asks for what facts do not state
  kPast,             // "was", "did": what has ended answers, too
  kFormer,           // "former", "used to": what has ended
  kCurrent,          // "now", "current": what has not
  kNegation,         // "not", "no longer"
  kSupposition,      // "perhaps", "is said to", "would like": what is said with it is not asserted
  kNumber,           // "five", "dozen"
  kPronoun,          // "she", "its": stands for a name before it
  kTitle,            // "dr", "mrs": before a name, no part of it
  kExcept,           // "besides": before a name, it is not to be the answer
};

std::vector<std::string> split_words(const std::string& text);  // at spaces
std::string join_words(std::span<const std::string> words);     // by a space each
std::string trim_punctuation(const std::string& text);          // what is neither letter, digit nor beyond ASCII, at both ends

// Thread rule: immutable after construction.
class Words {
 public:
  // Throws kNotFound, kCorrupt.
  explicit Words(const std::filesystem::path& file);

  // word: normalised.
  bool is(WordKind kind, const std::string& word) const { return of(kind).contains(word); }
  const std::set<std::string>& of(WordKind kind) const { return words_[static_cast<std::size_t>(kind)]; }
  // "the", "Who"; not "US": an acronym is none.
  bool is_function_word(const std::string& word) const;
  std::string without_possessive(const std::string& text) const;  // "X's" and "X'" as "X"
  // "What's X?" as "What is X?": the same question, but another vector.
  std::string without_contraction(std::string question) const;
  // What asks for a number, and what asks for the things counted in its place: "how many", "which".
  const std::map<std::string, std::string>& counting() const { return counting_; }
  // "1911", "September 6 , 1911", "6th century": nothing but numbers and words of dates, and at least one number or month.
  bool is_number_or_date(const std::string& name) const;
  // Whether answers can be what the question asks for: "when", "what year", "how many" want a digit or a number in words ("when": or a
  // month or day), "who" and "where" something other than numbers and dates.
  bool fits_question(const std::string& question, std::span<const std::string> answers) const;

 private:
  static constexpr std::size_t kKinds = 24;

  std::array<std::set<std::string>, kKinds> words_;  // by WordKind
  std::vector<std::string> possessives_;             // longest first
  std::map<std::string, std::string> contractions_;  // "what's": "what is"
  std::map<std::string, std::string> counting_;      // "how many": "which"
};

}  // namespace memllm
