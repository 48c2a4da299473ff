#include "terminal/marked_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "terminal/display.h"
#include "terminal/fact_text.h"

namespace memllm::cli {
namespace {

bool is_kept(const CallTrace& call) { return !call.dropped_because && !call.returned.empty(); }

bool is_word_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80; }

// The first place of name in text[within] that does not begin or end inside a word.
std::optional<Span> find_name(const std::string& text, const std::string& name, const Span& within) {
  if (name.empty()) return std::nullopt;
  const auto begin = static_cast<std::size_t>(std::max<std::int64_t>(within.begin, 0));
  const std::size_t end = std::min(text.size(), static_cast<std::size_t>(std::max<std::int64_t>(within.end, 0)));
  for (std::size_t at = text.find(name, begin); at != std::string::npos && at + name.size() <= end; at = text.find(name, at + 1)) {
    const std::size_t after = at + name.size();
    const bool begins = at == 0 || !is_word_byte(text[at - 1]) || !is_word_byte(name.front());
    const bool ends = after == text.size() || !is_word_byte(text[after]) || !is_word_byte(name.back());
    if (begins && ends) return Span{static_cast<std::int64_t>(at), static_cast<std::int64_t>(after)};
  }
  return std::nullopt;
}

bool overlaps(const Span& a, const Span& b) { return a.begin < b.end && b.begin < a.end; }

// By call: 0 where nothing of it is marked.
std::vector<std::size_t> footnote_numbers(const Completion& completion, const std::vector<Mark>& marks) {
  std::vector<std::size_t> out(completion.calls.size(), 0);
  for (const Mark& mark : marks) out[mark.call] = 1;
  std::size_t number = 0;
  for (std::size_t& call : out) call = call > 0 ? ++number : 0;
  return out;
}

std::string part(const std::string& text, std::int64_t begin, std::int64_t end) {
  return printable_lines(std::string_view(text).substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
}

std::string query_text(const Query& query) {
  return printable(query.subject.value_or("?")) + " — " + printable(query.relation) + " — " + printable(query.object.value_or("?"));
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : "; ") + printable(name);
  return out;
}

void print_match(std::ostream& out, const QueryMatch& match, const Terminal& terminal) {
  if (!match.premises.empty()) out << "    inferred: " << triple_text(match.fact) << ", from\n";
  for (const Fact& fact : match.stored()) {
    out << "    #" << fact.id << "  " << triple_text(fact) << '\n';
    print_sources(out, fact.sources, terminal, "        ");
  }
}

// The query that returned the name first, with its facts; the others that did, by a line.
void print_supply(std::ostream& out, const CallTrace& call, const std::string& name, const Terminal& terminal) {
  const auto supplies = [&](const QueryMatch& match) { return match.answer == name; };
  std::string others;
  bool is_first = true;
  for (std::size_t i = 0; i < std::min(call.queries.size(), call.results.size()); ++i) {
    const std::vector<QueryMatch>& matches = call.results[i].matches;
    if (std::none_of(matches.begin(), matches.end(), supplies)) continue;
    if (!is_first) {
      others += (others.empty() ? "" : "; ") + query_text(call.queries[i]);
      continue;
    }
    is_first = false;
    out << ' ' << query_text(call.queries[i]) << '\n';
    for (const QueryMatch& match : matches) {
      if (supplies(match)) print_match(out, match, terminal);
    }
  }
  if (is_first) out << ' ' << printable(name) << '\n';
  if (!others.empty()) out << "    answers too: " << others << '\n';
}

}  // namespace

std::vector<Mark> find_marks(const Completion& completion) {
  std::vector<Mark> out;
  for (std::size_t i = 0; i < completion.calls.size(); ++i) {
    const CallTrace& call = completion.calls[i];
    if (!is_kept(call)) continue;
    std::vector<std::string> names = call.returned;
    std::stable_sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const std::string& name : names) {
      const std::optional<Span> span = find_name(completion.text, name, call.text_span);
      if (!span) continue;
      if (std::any_of(out.begin(), out.end(), [&](const Mark& mark) { return overlaps(mark.span, *span); })) continue;
      out.push_back({*span, i});
    }
  }
  std::sort(out.begin(), out.end(), [](const Mark& a, const Mark& b) { return a.span < b.span; });
  return out;
}

std::string footnote_number(std::size_t number) {
  static constexpr std::array<const char*, 10> kRaised{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out;
  for (const char digit : std::to_string(number)) out += kRaised[static_cast<std::size_t>(digit - '0')];
  return out;
}

std::string marked_text(const Completion& completion, const std::vector<Mark>& marks, const Terminal& terminal) {
  const std::vector<std::size_t> numbers = footnote_numbers(completion, marks);
  std::string out;
  std::int64_t at = 0;
  for (const Mark& mark : marks) {
    const std::string name = "[" + part(completion.text, mark.span.begin, mark.span.end) + "]" + footnote_number(numbers[mark.call]);
    out += part(completion.text, at, mark.span.begin) + terminal.styled(Style::kFact, name);
    at = mark.span.end;
  }
  return out + part(completion.text, at, static_cast<std::int64_t>(completion.text.size()));
}

void print_footnotes(std::ostream& out, const Completion& completion, const std::vector<Mark>& marks, const Terminal& terminal) {
  const std::vector<std::size_t> numbers = footnote_numbers(completion, marks);
  for (std::size_t i = 0; i < completion.calls.size(); ++i) {
    const CallTrace& call = completion.calls[i];
    if (!is_kept(call)) continue;
    std::vector<std::string> unused = call.returned;
    for (const Mark& mark : marks) {
      if (mark.call != i) continue;
      const std::string name =
          completion.text.substr(static_cast<std::size_t>(mark.span.begin), static_cast<std::size_t>(mark.span.end - mark.span.begin));
      out << terminal.styled(Style::kFact, footnote_number(numbers[i]));
      print_supply(out, call, name, terminal);
      std::erase(unused, name);
    }
    if (!unused.empty())
      out << terminal.styled(Style::kDim, (numbers[i] > 0 ? "    not used: " : "asked, not used: ") + joined(unused)) << '\n';
  }
}

}  // namespace memllm::cli
