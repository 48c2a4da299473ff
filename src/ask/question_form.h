// What form of answer a question in words wants, and which relations and times may answer it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ask/asked_path.h"
#include "ask/question.h"
#include "language/language.h"
#include "memllm/query.h"

namespace memllm {

struct QuestionForm {
  enum class Kind { kNames, kYesNo, kCount } kind = Kind::kNames;
  std::string text;          // the question; of kCount with "which" in place of "how many"; without the year
  bool possibility = false;  // of kYesNo: "can", "should"; facts state what is, not what may be
  bool present = true;       // no word of the past: what has ended does not answer
  bool former = false;       // "former", "used to": only what has ended answers
  bool negated = false;      // "not", "never", "no longer"
  std::optional<int> year;   // "in 2018": what held then
};

QuestionForm form_of(const std::string& question, const Words& words);

// A yes/no question about a mention as the questions whose answer it would be: "Is Bo Lind the owner of the mill?" without "Bo Lind" as
// "Who is the owner of the mill?" and so on, one for each word of WordKind::kNameAsking. Empty: the mention is not in it.
std::vector<std::string> opened_questions(const std::string& question, const std::string& mention, const Words& words);

// The question's entities that an answer must not be ("who else beside X").
std::vector<AskedEntity> taken_out_as_exceptions(std::vector<AskedEntity>& entities, const std::string& question, const Words& words);

// Whether a way by these relations may answer, however like the question their wordings are: a relation of another polarity ("is not
// married to") or of another time ("former employer") than the question's may not, and each kin or role that the question names outside
// its entities' names must be one that the relations give (the pack's roles.tsv).
bool relations_may_answer(const QuestionForm& form, const std::string& question, std::span<const AskedEntity> entities,
                          std::span<const Hop> hops, const Language& language);

bool is_negated(const std::string& relation, const Words& words);

// Leaves out what did not hold at the time asked for. today: "2026-11-21…".
void keep_asked_time(std::vector<QueryMatch>& matches, const QuestionForm& form, const Timestamp& today);

}  // namespace memllm
