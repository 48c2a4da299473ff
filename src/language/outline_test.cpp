#include "language/outline.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/english.h"

namespace memllm {
namespace {

// "HEADING | SPEAKER | SENTENCE", parts that are empty left out.
std::vector<std::string> outlined(std::string_view text) {
  std::vector<std::string> lines;
  for (const OutlinedSentence& sentence : outline(text, english()->sentences)) {
    std::string line;
    for (const std::string& part : {sentence.heading, sentence.speaker}) line += part.empty() ? "" : part + " | ";
    lines.push_back(line.append(
        text.substr(static_cast<std::size_t>(sentence.span.begin), static_cast<std::size_t>(sentence.span.end - sentence.span.begin))));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Outline, HeadingsWithMarkersNest) {
  EXPECT_EQ(outlined("# Alder\nBegun in May.\n\n## Budget\n- The kitchen: 4,000. More later.\n\n## People\nAda leads.\n\n# Birch\nNone."),
            (Lines{"Alder", "Alder | Begun in May.", "Alder | Budget", "Alder > Budget | The kitchen: 4,000.",
                   "Alder > Budget | More later.", "Alder | People", "Alder > People | Ada leads.", "Birch", "Birch | None."}));
}

TEST(Outline, HeadingsWithoutMarkers) {
  EXPECT_EQ(
      outlined("MINUTES OF 3 MAY\n\nPresent were two.\n\nBudget\n\nIt is short.\nIt is late.\n\nNext steps:\n- Ada asks\n- Bo pays\n\nAll "
               "went home."),
      (Lines{"MINUTES OF 3 MAY", "MINUTES OF 3 MAY | Present were two.", "Budget", "Budget | It is short.", "Budget | It is late.",
             "Budget | Next steps:", "Budget > Next steps: | Ada asks", "Budget > Next steps: | Bo pays", "Budget | All went home."}));
  EXPECT_EQ(outlined("Report\n======\nOne.\n\nPart\n----\nTwo."),
            (Lines{"Report", "Report | One.", "Report | Part", "Report > Part | Two."}));
}

TEST(Outline, LinesOfKeysBelongToTheLineAboveThem) {
  EXPECT_EQ(outlined("Ada Quill\nPhone: 0171 555\nBorn: 3 May 1970\n\nBo Marsh\nphone: 0172\nmail: bo@x.org\n\nThe rest is lost."),
            (Lines{"Ada Quill", "Ada Quill | Phone: 0171 555", "Ada Quill | Born: 3 May 1970", "Bo Marsh", "Bo Marsh | phone: 0172",
                   "Bo Marsh | mail: bo@x.org", "The rest is lost."}));
}

TEST(Outline, ARecordsFirstLineSaysWhatTheOthersAreAbout) {
  EXPECT_EQ(outlined("Name: Ada Quill\nPhone: 0171 555\nBorn: 3 May 1970\n\nName: Bo Marsh\nPhone: 0172\n\nThe rest is lost."),
            (Lines{"Name: Ada Quill", "Name: Ada Quill | Phone: 0171 555", "Name: Ada Quill | Born: 3 May 1970", "Name: Bo Marsh",
                   "Name: Bo Marsh | Phone: 0172", "The rest is lost."}));
  // Of one record the document's title says it.
  EXPECT_EQ(outlined("Date: 3 May\nDue: 5 June\n\nThanks."), (Lines{"Date: 3 May", "Due: 5 June", "Thanks."}));
}

TEST(Outline, RowsStandBelowTheirTablesHeader) {
  EXPECT_EQ(outlined("## Staff\n| Name | Since |\n|------|:-----:|\n| Ada | 2019 |\n| Bo | 2021 |\n\nBoth are new."),
            (Lines{"Staff", "Staff | Name | Since", "Staff > Name | Since | Ada | 2019", "Staff > Name | Since | Bo | 2021",
                   "Staff | Both are new."}));
}

TEST(Outline, LinesOfAChatHaveTheirSpeaker) {
  EXPECT_EQ(
      outlined(
          "[2025-03-02 10:14] Ada Quill: I moved. To Oslo!\n[10:15] Bo: when?\n10:16 Ada: In May\n02.03.25, 10:17 - Bo: ok\nBo (10:18): "
          "See you at 5:00.\n[Ada, 10:19] bye"),
      (Lines{"Ada Quill | I moved.", "Ada Quill | To Oslo!", "Bo | when?", "Ada | In May", "Bo | ok", "Bo | See you at 5:00.",
             "Ada | bye"}));
  // Times that are no marker of a chat.
  EXPECT_EQ(outlined("10:14 is the train. It is late: always."), (Lines{"10:14 is the train.", "It is late: always."}));
  EXPECT_EQ(outlined("Train: 10:14, bus: 11:00."), (Lines{"Train: 10:14, bus: 11:00."}));
}

TEST(Outline, WrappedTextHasNoHeadings) {
  EXPECT_EQ(
      outlined("He said to her: go\nhome now, for it is late and the road is long and dark and\nnobody walks there at night. She went."),
      (Lines{"He said to her: go\nhome now, for it is late and the road is long and dark and\nnobody walks there at night.", "She went."}));
  EXPECT_EQ(outlined("One line only"), (Lines{"One line only"}));
  EXPECT_EQ(outlined(""), Lines{});
}

TEST(Outline, TakesLinearTime) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "# a\n10:1 : ]\n";
  EXPECT_FALSE(outline(text + std::string(1'000'000, '|'), english()->sentences).empty());
}

}  // namespace
}  // namespace memllm
