#include <set>
#include <string>

#include "base/text.h"
#include "memory/reader.h"

namespace memllm {
namespace {

// Normalised relation names. Paper's code, SKIP_QUERIES.
const std::set<std::string>& ambiguous_with_object() {
  static const std::set<std::string> relations = {"country of citizenship",
                                                  "country",
                                                  "country of origin",
                                                  "religion",
                                                  "place of birth",
                                                  "place of death",
                                                  "work location",
                                                  "location of formation",
                                                  "location",
                                                  "basin country",
                                                  "residence",
                                                  "publication date",
                                                  "production company",
                                                  "original language of work",
                                                  "applies to jurisdiction",
                                                  "platform",
                                                  "located in the administrative territorial entity",
                                                  "headquarters location",
                                                  "inception",
                                                  "employer",
                                                  "date of birth",
                                                  "date of death",
                                                  "educated at"};
  return relations;
}

const std::set<std::string>& ambiguous_with_subject() {
  static const std::set<std::string> relations = {"continent", "contains administrative territorial entities"};
  return relations;
}

}  // namespace

bool is_ambiguous(const Query& query) {
  const auto& relations = query.object ? ambiguous_with_object() : ambiguous_with_subject();
  return relations.contains(normalise_name(query.relation));
}

}  // namespace memllm
