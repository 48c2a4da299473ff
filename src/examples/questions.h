// Questions about what documents say, made from their labels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/name.h"
#include "documents/docred.h"
#include "examples/question_templates.h"
#include "memllm/fact.h"

namespace memllm {

// Which of the templates' wordings are used: those of test are never trained on.
enum class Phrasing { kTraining, kTest };

// kUnanswerable: about an entity of the documents, a relation that others of its type have and of which the documents say nothing for it.
enum class QuestionKind { kSingleHop, kTwoHop, kUnanswerable };

struct Question {
  QuestionKind kind = QuestionKind::kSingleHop;
  std::string text;
  std::vector<std::string> answers;  // every name that is right, sorted; none if unanswerable
  std::vector<Triple> facts;         // one a hop, under the entities' first names; none if unanswerable
  std::vector<int> evidence;         // sentences that state these facts, where the labels say so, ascending
};

// Thread rule: const functions from any thread.
class QuestionMaker {
 public:
  // The documents are all that is known: names stand for the same entity in each, so that what another document says is right too.
  QuestionMaker(std::span<const DocRedDocument> documents, QuestionTemplateTable templates, Phrasing phrasing);

  // At most count of each kind, chosen by seed and title; fewer where the document has no more. Not asked: what has more than three
  // answers, and what names its own answer.
  std::vector<Question> about(const DocRedDocument& document, std::size_t count, std::uint64_t seed = 1) const;

 private:
  using Slot = std::pair<Name, std::string>;  // entity, relation

  struct Known {
    std::set<std::string> answers;
    std::size_t objects = 0;  // of one document, the most
  };

  void add(const DocRedDocument& document);
  // Names that answer (entity, relation, ?); empty: nothing, or too much, is known.
  std::vector<std::string> answers_of(const DocRedDocument& document, int entity, const std::string& relation) const;
  std::vector<Question> single_hop(const DocRedDocument& document, std::uint64_t seed) const;
  std::vector<Question> two_hop(const DocRedDocument& document, std::uint64_t seed) const;
  std::vector<Question> unanswerable(const DocRedDocument& document, std::uint64_t seed) const;

  QuestionTemplateTable templates_;
  Phrasing phrasing_;
  std::map<Slot, Known> known_;
  std::set<Slot> touched_;                                  // also with the name as object
  std::map<std::string, std::set<std::string>> relations_;  // of subjects of a type
};

}  // namespace memllm
