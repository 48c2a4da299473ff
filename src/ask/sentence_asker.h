// A question → sentences that may answer it → an answer copied from them, if it holds up.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ask/question_names.h"
#include "ask/sentence_answerer.h"
#include "language/language.h"
#include "memllm/completion.h"
#include "memllm/options.h"
#include "search/sentence_search.h"
#include "store/store.h"

namespace memllm {

// Thread rule: one thread.
class SentenceAsker {
 public:
  SentenceAsker(const Store& store, const Language& language, const SentenceSearch& search, SentenceAnswerer& answerer);

  // The answer with the sentences that it stands in; kNone with the nearest sentences where none is found, or where one is found that does
  // not hold up: it is about another name, identifier or role than was asked for, of another type, not asserted, or "not stated" is too
  // likely. Yes and no are never said from sentences: the answer adapter is wrong about half of them.
  // Throws kCancelled.
  Answer ask(const std::string& question, const ReadOptions& options, const std::stop_token& stop);

 private:
  // These, the sentences beside them, and the lines of their records.
  std::vector<Sentence> context_of(std::span<const RankedSentence> found, const ReadOptions& options) const;
  // In which of the sentences the spans stand, in the order of the spans.
  static std::vector<Sentence> sentences_with(const std::vector<std::string>& spans, const std::vector<Sentence>& context,
                                              std::span<const RankedSentence> found);
  bool is_about_what_was_asked(const std::string& question, const std::vector<Sentence>& evidence, const ReadOptions& options) const;
  // Whether the sentence is about something whose name or identifier is nearly one that was asked for, and not that one.
  bool names_another(const QuestionNames& asked, const Sentence& sentence, const ReadOptions& options) const;
  bool holds_up(const std::string& question, const SentenceAnswer& answer, const std::vector<Sentence>& evidence,
                const std::vector<Sentence>& context, const ReadOptions& options) const;
  // Whether the sentences speak of every kin, office and turn of life that the question names (roles.tsv).
  bool speaks_of_roles(const std::string& question, const std::vector<Sentence>& context) const;
  std::string asker_of(const std::string& question, const std::vector<Sentence>& context, const ReadOptions& options) const;

  const Store& store_;
  const Language& language_;
  const SentenceSearch& search_;
  SentenceAnswerer& answerer_;
};

}  // namespace memllm
