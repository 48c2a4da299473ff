// Words for kin, offices and turns of life that do not stand for each other: who asks for a father is not answered with the mother.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace memllm {

struct Role {
  std::string asked;                // "wife": a word or several, normalised
  std::set<std::string> answering;  // words of relations that lead from whom is asked about to it: "wife", "spouse", "married"
  std::set<std::string> reversed;   // words of relations that lead to it against their direction: "husband"
};

// Of a pack's roles.tsv. Thread rule: immutable after construction.
class Roles {
 public:
  // Throws kNotFound, kCorrupt.
  explicit Roles(const std::filesystem::path& file);

  // Those that the text names, longest first tried, none inside another ("chief financial officer" is no "officer"). text: normalised.
  std::vector<const Role*> in(const std::string& text) const;
  // Whether the text speaks of every role that the question names, in any of its words. Both normalised.
  bool stand_in(const std::string& question, const std::string& text) const;

 private:
  std::vector<Role> roles_;  // longest first
};

}  // namespace memllm
