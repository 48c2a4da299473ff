#include "documents/document_reader.h"

#include <gtest/gtest.h>

#include "documents/markdown.h"
#include "memllm/error.h"

namespace memllm {
namespace {

std::vector<Document> read(const std::string& content, const std::string& name, DocumentFormat format = DocumentFormat::kAuto,
                           const Logger& logger = {}) {
  return parse_documents(content, name, format, logger);
}

void expect_invalid(const std::string& content, const std::string& name, const std::string& told) {
  try {
    (void)read(content, name);
    ADD_FAILURE() << "no error for " << name;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find(told), std::string::npos) << error.what();
  }
}

TEST(DocumentReader, TextIsOneDocumentNamedAsItsPath) {
  const auto documents = read("Oru is a town.\n", "notes/a.txt");
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].name, "notes/a.txt");
  EXPECT_EQ(documents[0].text, "Oru is a town.\n");
  EXPECT_TRUE(documents[0].sentences.empty());
}

TEST(DocumentReader, JsonlLinesAreNamedByNameTitleOrLine) {
  const auto documents =
      read("{\"text\": \"One.\"}\n\n{\"name\": \"b\", \"text\": \"Two.\"}\r\n{\"title\": \"C\", \"extract\": \"Three.\"}", "d.jsonl");
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].name, "d.jsonl#1");
  EXPECT_EQ(documents[1].name, "d.jsonl#b");
  EXPECT_EQ(documents[2].name, "d.jsonl#C");
  EXPECT_EQ(documents[2].text, "Three.");
}

TEST(DocumentReader, DocumentsOfOneNameStayApart) {
  const auto documents = read("{\"name\": \"b\", \"text\": \"1\"}\n{\"name\": \"b\", \"text\": \"2\"}", "d.jsonl");
  EXPECT_EQ(documents[0].name, "d.jsonl#b");
  EXPECT_EQ(documents[1].name, "d.jsonl#b#2");
  EXPECT_EQ(
      read("{\"name\": \"b\", \"text\": \"1\"}\n{\"name\": \"b\", \"text\": \"2\"}\n{\"name\": \"b\", \"text\": \"3\"}", "d.jsonl")[2].name,
      "d.jsonl#b#3");
  const auto alike = read(R"({"name": "b", "text": "1"}
{"name": "b ", "text": "2"}
{"name": "b#2", "text": "3"}
{"name": " b", "text": "4"})",
                          "d.jsonl");
  EXPECT_EQ(alike[0].name, "d.jsonl#b");
  EXPECT_EQ(alike[1].name, "d.jsonl#b #2");
  EXPECT_EQ(alike[2].name, "d.jsonl#b#2");
  EXPECT_EQ(alike[3].name, "d.jsonl# b");
}

TEST(DocumentReader, JsonFileIsRecognisedByWhatItHolds) {
  EXPECT_EQ(read("{\"text\": \"One.\"}", "d.json").at(0).text, "One.");
  const auto by_name =
      read("{\"Tessel\": {\"extract\": \"A town.\"}, \"Oru\": {\"title\": \"Oru (land)\", \"extract\": \"A land.\"}}", "d.json");
  EXPECT_EQ(by_name.at(0).name, "d.json#Tessel");
  EXPECT_EQ(by_name.at(1).name, "d.json#Oru (land)");
  EXPECT_EQ(read("[{\"text\": \"One.\"}, {\"text\": \"Two.\"}]", "d.json").at(1).name, "d.json#2");
  const auto docred = read(R"([{"title": "T", "sents": [["Oru", "won", "."], ["Yes", "."]], "vertexSet": [], "labels": []}])", "d.json");
  EXPECT_EQ(docred.at(0).name, "d.json#T");
  EXPECT_EQ(docred.at(0).text, "Oru won . Yes .");
  EXPECT_EQ(docred.at(0).sentences.size(), 2U);
}

TEST(DocumentReader, BadLineIsNamed) {
  expect_invalid("{\"text\": \"a\"}\n{\"text\": 3}\n", "d.jsonl", "2");
  expect_invalid("{\"text\": \"a\"}\n{nonsense\n", "d.jsonl", "d.jsonl:2");
  expect_invalid("3", "d.json", "holds no documents");
}

TEST(DocumentReader, BinaryFilesAreRefused) { expect_invalid(std::string("GIF\0\0", 5), "a.txt", "binary"); }

TEST(DocumentReader, InvalidUtf8IsRepairedWithAWarning) {
  std::vector<std::string> warnings;
  const auto documents =
      read("a\xFF b", "a.txt", DocumentFormat::kAuto, [&](LogLevel, std::string_view message) { warnings.emplace_back(message); });
  EXPECT_EQ(documents[0].text, "a\xEF\xBF\xBD b");
  EXPECT_EQ(warnings.size(), 1U);
}

TEST(DocumentReader, ByteOrderMarkIsNotText) { EXPECT_EQ(read("\xEF\xBB\xBFOru", "a.txt")[0].text, "Oru"); }

TEST(DocumentReader, MissingFileAndFolderAreErrors) {
  EXPECT_THROW((void)read_documents(std::filesystem::path("no/such/file.txt"), DocumentFormat::kAuto), Error);
  EXPECT_THROW((void)read_documents(std::filesystem::temp_directory_path(), DocumentFormat::kAuto), Error);
}

TEST(Markdown, ShowsWhatAReaderSees) {
  EXPECT_EQ(markdown_to_text("# Oru\nA *small* **town** on `the` [Tessel](http://x.y/z), see ![map](m.png).\n"),
            "# Oru\n\nA small town on the Tessel, see .\n");
  EXPECT_EQ(markdown_to_text("---\ntitle: x\n---\nText\n"), "Text\n");
  EXPECT_EQ(markdown_to_text("A\n```\ncode * here\n```\nB <!-- no\nno --> C\n"), "A\n\nB  C\n");
  EXPECT_EQ(markdown_to_text("```memllm learn``` reads documents.\nB\n"), "memllm learn reads documents.\nB\n");
  EXPECT_EQ(markdown_to_text("```\na\n```python\nb\n```\nB\n"), "B\n");
  EXPECT_EQ(markdown_to_text("> quoted\n* item\n- item\n---\n"), "quoted\n\n- item\n\n- item\n");
  EXPECT_EQ(markdown_to_text("1. a\n2. b\n   - c\n\n   d\n"), "1. a\n2. b\n- c\n\nd\n");
  EXPECT_EQ(markdown_to_text("| a | b |\n|---|---|\n| *c* | d |\n"), "| a | b |\n|---|---|\n| c | d |\n");
  EXPECT_EQ(markdown_to_text("<p>A &amp; B<br>C</p>\n"), "A & B\nC\n");
  EXPECT_EQ(markdown_to_text("---\na: b\n-----\nA\n...\nB\n\n-----\nC\n"), "B\n\nC\n");
}

TEST(Markdown, LinksAreTheirText) {
  EXPECT_EQ(markdown_to_text("[Mercury](https://x.org/Mercury_(planet)) Records\n"), "Mercury Records\n");
  EXPECT_EQ(markdown_to_text("A [![Build](https://x/b.svg)](https://x) badge, [ref][1]\n\n[1]: https://y\n"), "A  badge, ref\n");
}

TEST(Markdown, LeavesOrdinaryTextAlone) {
  for (const std::string text :
       {"snake_case_name and 2 * 3 = 6\n", "2*3 = 6\n", "a C*-algebra, _private\n", "a [b] c (d) ! [\n", "#hashtag and C#\n", ""}) {
    EXPECT_EQ(markdown_to_text(text), text);
  }
  EXPECT_EQ(markdown_to_text("# About C#\n`__init__` and `a*b`\n"), "# About C#\n\n__init__ and a*b\n");
  EXPECT_EQ(markdown_to_text("\n\n"), "");
}

TEST(Markdown, HostileInputIsLinear) {
  for (const std::string unit : {"[", "![", "<!--", "`", "*", "](", "\\", ">", "#"}) {
    std::string text;
    while (text.size() < 1'000'000) text += unit;
    EXPECT_LE(markdown_to_text(text).size(), 2 * text.size());
  }
}

}  // namespace
}  // namespace memllm
