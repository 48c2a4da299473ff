#include "ask/corrected_answer.h"

#include <utility>

#include "base/name.h"

namespace memllm {

std::optional<CorrectedAnswer> corrected_answer(const std::string& question, std::vector<std::string> parts,
                                                std::span<const Sentence> sentences, const Store& store, const Language& language,
                                                const std::optional<Timestamp>& as_of) {
  CorrectedAnswer answer{std::move(parts), {}};
  for (const Sentence& sentence : sentences) {
    for (const Fact& was : store.facts_corrected_by_people(sentence, as_of)) {
      if (!language.roles.stand_in(normalised(question), normalised(was.subject + ' ' + was.relation + ' ' + was.object))) continue;
      const std::optional<Fact> successor = was.successor ? store.get(*was.successor, as_of) : std::nullopt;
      const bool is_corrected = successor && successor->active();
      for (std::string& part : answer.parts) {
        const bool is_object = Name(part) == Name(was.object);
        if (!is_object && Name(part) != Name(was.subject)) continue;
        if (!is_corrected && is_object) return std::nullopt;
        if (!is_corrected) continue;  // the subject of what is wrong may be right elsewhere
        const std::string& now = is_object ? successor->object : successor->subject;
        if (Name(part) == Name(now)) continue;
        part = now;
        answer.facts.push_back(*successor);
      }
    }
  }
  return answer;
}

}  // namespace memllm
