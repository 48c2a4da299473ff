#include "language/roles.h"

#include <algorithm>
#include <utility>

#include "base/name.h"
#include "language/mention.h"
#include "language/pack_file.h"
#include "language/words.h"

namespace memllm {
namespace {

std::set<std::string> words_of(const std::string& field) {
  std::set<std::string> words;
  for (std::string& word : split_words(field)) words.insert(std::move(word));
  return words;
}

}  // namespace

Roles::Roles(const std::filesystem::path& path) {
  const PackFile file(path, 2, 3);
  for (const PackRow& row : file.rows()) {
    for (const std::string& field : row.fields) {
      if (normalised(field) != field) throw file.wrong(row, "write \"" + normalised(field) + "\"");
    }
    roles_.push_back({row.fields[0], words_of(row.fields[1]), row.fields.size() > 2 ? words_of(row.fields[2]) : std::set<std::string>()});
  }
  std::ranges::stable_sort(roles_, std::greater<>(), [](const Role& role) { return role.asked.size(); });
}

std::vector<const Role*> Roles::in(const std::string& text) const {
  std::vector<const Role*> found;
  std::string rest = text;
  for (const Role& role : roles_) {
    if (!mentions(rest, role.asked)) continue;
    found.push_back(&role);
    for (std::size_t at = rest.find(role.asked); at != std::string::npos; at = rest.find(role.asked, at)) {
      if (at_word_edge(rest, at) && at_word_edge(rest, at + role.asked.size())) {
        rest.replace(at, role.asked.size(), "|");
      } else {
        ++at;
      }
    }
  }
  return found;
}

bool Roles::stand_in(const std::string& question, const std::string& text) const {
  const auto stands = [&](const std::string& word) { return mentions(text, word); };
  return std::ranges::all_of(in(question), [&](const Role* role) {
    return stands(role->asked) || std::ranges::any_of(role->answering, stands) || std::ranges::any_of(role->reversed, stands);
  });
}

}  // namespace memllm
