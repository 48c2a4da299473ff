#include "terminal/marked_text.h"

#include <gtest/gtest.h>

#include <sstream>

namespace memllm::cli {
namespace {

const Terminal& no_terminal() {
  static const Terminal terminal(-1);
  return terminal;
}

CallTrace kept_call(std::vector<std::string> returned, Span span) {
  CallTrace call;
  call.returned = std::move(returned);
  call.text_span = span;
  return call;
}

Completion completion(const std::string& text, std::vector<CallTrace> calls) {
  Completion out;
  out.text = text;
  out.calls = std::move(calls);
  return out;
}

TEST(MarkedText, NamesThatTheMemorySuppliedStandInBrackets) {
  const Completion result = completion(" London. She died in London.", {kept_call({"London"}, {0, 28})});
  EXPECT_EQ(marked_text(result, find_marks(result), no_terminal()), " [London]¹. She died in London.");
}

TEST(MarkedText, OnlyTheTextOfTheCallIsMarked) {
  const Completion result = completion("Rome and Paris", {kept_call({"Rome"}, {5, 14}), kept_call({"Paris"}, {5, 14})});
  EXPECT_EQ(marked_text(result, find_marks(result), no_terminal()), "Rome and [Paris]¹");
}

TEST(MarkedText, NamesInsideWordsAreNotMarked) {
  const Completion result = completion("Ada met Adams", {kept_call({"Adam"}, {0, 13})});
  EXPECT_TRUE(find_marks(result).empty());
}

TEST(MarkedText, TheLongerOfTwoNamesWins) {
  const Completion result = completion("New York City", {kept_call({"New York", "New York City"}, {0, 13})});
  EXPECT_EQ(marked_text(result, find_marks(result), no_terminal()), "[New York City]¹");
}

TEST(MarkedText, DroppedCallsHaveNoNumber) {
  CallTrace dropped = kept_call({}, {0, 5});
  dropped.dropped_because = DropReason::kEmpty;
  const Completion result = completion("Paris", {dropped, kept_call({"Paris"}, {0, 5})});
  EXPECT_EQ(marked_text(result, find_marks(result), no_terminal()), "[Paris]¹");
}

TEST(MarkedText, SpansOutsideTheTextDoNoHarm) {
  const Completion result = completion("Paris", {kept_call({"Paris", "", "aris and more"}, {-3, 500})});
  EXPECT_EQ(marked_text(result, find_marks(result), no_terminal()), "[Paris]¹");
}

TEST(MarkedText, ControlCharactersOfTextAndFactsAreEscaped) {
  const Completion result = completion("a\033[2J", {kept_call({"\033]0;x"}, {0, 5})});
  std::ostringstream notes;
  print_footnotes(notes, result, find_marks(result), no_terminal());
  EXPECT_EQ((marked_text(result, find_marks(result), no_terminal()) + notes.str()).find('\033'), std::string::npos);
}

TEST(MarkedText, FootnotesShowTheFactsOfWhatTheTextUsedAndNameTheRest) {
  const auto match = [](FactId id, const Triple& triple, const std::string& answer) {
    QueryMatch out;
    out.fact.id = id;
    out.fact.subject = triple.subject;
    out.fact.relation = triple.relation;
    out.fact.object = triple.object;
    out.answer = answer;
    return out;
  };
  CallTrace call = kept_call({"Bo Marsh", "1990"}, {0, 30});
  call.queries = {{"Oru", "director", std::nullopt}, {"Oru", "inception", std::nullopt}, {"Oru", "cast member", std::nullopt}};
  call.results = {{QueryOutcome::kFound, {match(7, {"Oru", "director", "Bo Marsh"}, "Bo Marsh")}, true},
                  {QueryOutcome::kFound, {match(8, {"Oru", "inception", "1990"}, "1990")}, true},
                  {QueryOutcome::kFound, {match(9, {"Oru", "cast member", "Bo Marsh"}, "Bo Marsh")}, true}};
  const Completion result = completion("by Bo Marsh .", {kept_call({"Tessel"}, {0, 2}), call});
  std::ostringstream notes;
  print_footnotes(notes, result, find_marks(result), no_terminal());
  EXPECT_EQ(notes.str(),
            "asked, not used: Tessel\n"
            "¹ Oru — director — ?\n"
            "    #7  Oru — director — Bo Marsh\n"
            "    answers too: Oru — cast member — ?\n"
            "    not used: 1990\n");
}

TEST(MarkedText, FootnoteNumbersAreRaised) { EXPECT_EQ(footnote_number(1203), "¹²⁰³"); }

}  // namespace
}  // namespace memllm::cli
