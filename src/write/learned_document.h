// One document on its way from text to facts.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "call/call_format.h"
#include "language/language.h"
#include "language/outline.h"
#include "memllm/document.h"
#include "store/store.h"
#include "write/fact_judge.h"
#include "write/writer.h"

namespace memllm {

// The document and the language must outlive the object. Thread rule: one thread.
class LearnedDocument {
 public:
  // Repairs the text and finds the sentences. Throws kInvalidArgument for a blank name or sentence spans that do not lie in the text, in
  // order, or that cut a character.
  LearnedDocument(const Document& document, const Language& language, const Logger& logger);
  LearnedDocument(const LearnedDocument&) = delete;
  LearnedDocument& operator=(const LearnedDocument&) = delete;

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::size_t sentences() const { return spans_.size(); }
  // As written, but for words divided at the end of a line, which are joined.
  std::string_view sentence(std::size_t number) const;
  // The sentences as the memory keeps them.
  std::vector<SentenceDraft> drafts() const;
  // Name, hash and description; without writer.
  DocumentRecord record() const;

  // The names by which the memory knows what the name stands for; empty: nothing of it.
  using OtherNames = std::function<std::vector<std::string>(const std::string& name)>;

  // The task of one sentence. max_focus_tokens: a longer sentence is cut to that, with a warning. REQUIRES: number < sentences().
  WriteTask task(std::size_t number, const CallFormat& format, const WriteOptions& options, std::size_t max_focus_tokens);

  // What the results (one a sentence) say, in order, with sources (without model and adapter). Junk is counted in malformed: blank or
  // overlong names, subject equal to object, or a subject or object that does not stand in the sentence or its pretext window, under no
  // name that the memory knows for it. A call may also repeat what the pretext says: the source of a triple whose sentence names neither
  // subject nor object is the nearest sentence before it that names both, or one; if that has said it already, it is not listed again.
  struct Facts {
    std::vector<LearnedFact> facts;
    std::size_t malformed = 0;
  };
  Facts facts(const std::vector<WriteResult>& results, const WriteOptions& options, const OtherNames& other_names = {}) const;
  // Asks the judge about those that nothing speaks against yet.
  void judge(std::vector<LearnedFact>& facts, const JudgeFunction& judge, const WriteOptions& options, const std::stop_token& stop) const;

 private:
  bool clean(Triple& triple, const std::deque<std::string>& normalised_window, const OtherNames& other_names) const;
  std::vector<Sentence> stating_sentences(std::size_t number, const Triple& triple) const;
  Sentence kept_sentence(std::size_t number) const;
  Source source(std::size_t number, const Triple& triple, double mean_log_probability) const;

  const Language& language_;
  Logger logger_;
  std::string name_;
  std::string repaired_;
  std::string title_, author_, date_;
  std::string_view text_;                   // the document's, or repaired_
  std::vector<OutlinedSentence> outlined_;  // one a span
  std::vector<Span> spans_;
  std::map<std::size_t, std::string> joined_;  // sentences that were not kept as written
  std::vector<std::vector<Token>> tokens_;     // of the sentences; made with the first task
};

}  // namespace memllm
