#include "terminal/sentence_text.h"

#include <filesystem>
#include <system_error>

#include "terminal/display.h"
#include "terminal/fact_text.h"

namespace memllm::cli {

std::string document_text(const std::string& name) {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string() + '/';
  const bool below = !error && here.size() > 1 && name.starts_with(here) && name.size() > here.size();
  return printable(below ? name.substr(here.size()) : name);
}

std::string place_text(const Sentence& sentence) {
  std::string text = document_text(sentence.document) + ", sentence " + std::to_string(sentence.number + 1);
  if (!sentence.heading.empty()) text += " · " + printable(sentence.heading);
  const std::string& by = sentence.speaker.empty() ? sentence.author : sentence.speaker;
  if (!by.empty()) text += " · " + printable(by);
  return text;
}

void print_hit(std::ostream& out, const SearchHit& hit, const Terminal& terminal) {
  if (hit.sentence) {
    for (const Sentence& before : hit.before) out << "  " << terminal.styled(Style::kDim, printable(before.text)) << '\n';
    out << terminal.styled(Style::kBold, printable(hit.sentence->text)) << '\n';
    for (const Sentence& after : hit.after) out << "  " << terminal.styled(Style::kDim, printable(after.text)) << '\n';
    out << "  " << terminal.styled(Style::kDim, place_text(*hit.sentence)) << '\n';
  }
  for (const Fact& fact : hit.facts) {
    out << (hit.sentence ? "  " : "") << '#' << fact.id << "  " << triple_text(fact) << '\n';
    if (!hit.sentence) print_sources(out, fact.sources, terminal, "  ");
  }
}

}  // namespace memllm::cli
