#include "documents/docred.h"

#include <gtest/gtest.h>

#include <fstream>

#include "examples/document_memory.h"
#include "memllm/error.h"
#include "testing/test_documents.h"

namespace memllm {
namespace {

constexpr char kDocument[] = R"([{"title": "Oru", "sents": [["Ada", "Quill", "left", "Oru", "."], ["She", "won", "."]],
  "vertexSet": [[{"name": "Ada Q.", "sent_id": 0, "pos": [0, 2], "type": "PER"}, {"name": "She", "sent_id": 1, "pos": [0, 1]}],
                [{"name": "Oru", "sent_id": 0, "pos": [3, 4], "type": "LOC"}]],
  "labels": [{"h": 0, "t": 1, "r": "P937", "evidence": [0]}, {"h": 1, "t": 0, "r": "Q-unknown"}]}])";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

ErrorKind kind_of_parsing(const std::string& json, std::string* message = nullptr) {
  try {
    parse_docred(json, "f.json", {});
  } catch (const Error& error) {
    if (message != nullptr) *message = error.what();
    return error.kind();
  }
  return ErrorKind::kInternal;
}

TEST(DocRed, NamesMentionsByTheirWordsAndMapsKnownRelations) {
  const auto documents = parse_docred(kDocument, "f.json", {{"P937", "work location"}});
  ASSERT_EQ(documents.size(), 1U);
  const DocRedDocument& document = documents[0];
  EXPECT_EQ(document.entities[0][0].name, "Ada Quill");
  EXPECT_EQ(document.entities[0][1].type, "");
  EXPECT_EQ(document.labels[0].relation, "work location");
  EXPECT_EQ(document.labels[0].evidence, std::vector<int>{0});
  EXPECT_EQ(document.labels[1].relation, "Q-unknown");
  EXPECT_TRUE(document.labels[1].evidence.empty());
}

TEST(DocRed, JoinsWordsAndSentencesWithSingleSpaces) {
  const Document document = test::norvane().to_document();
  EXPECT_EQ(document.name, "Norvane");
  EXPECT_EQ(document.text, "Ada Quill founded Norvane in Tessel . Quill led Norvane with Bo Marsh . Tessel lies in Oru .");
  ASSERT_EQ(document.sentences.size(), 3U);
  const Span second = document.sentences[1];
  EXPECT_EQ(document.text.substr(second.begin, second.end - second.begin), "Quill led Norvane with Bo Marsh .");
}

TEST(DocRed, MentionSpansAreTheBytesOfTheirNames) {
  DocRedDocument document = test::norvane();
  document.sentences.insert(document.sentences.begin() + 1, std::vector<std::string>{" ", ""});  // leaves no trace in the text
  for (auto& entity : document.entities) {
    for (auto& mention : entity) mention.sentence += mention.sentence > 0 ? 1 : 0;
  }
  const Document text = document.to_document();
  EXPECT_EQ(text.text, test::norvane().to_document().text);
  EXPECT_EQ(text.sentences[1].begin, text.sentences[1].end);
  for (const auto& entity : document.entities) {
    for (const DocRedMention& mention : entity) {
      const Span span = document.mention_span(mention);
      EXPECT_EQ(text.text.substr(span.begin, span.end - span.begin), mention.name);
    }
  }
}

TEST(DocRed, MentionOutsideItsSentenceIsAnError) {
  const DocRedDocument document = test::norvane();
  EXPECT_THROW((void)document.mention_span({"x", 0, 6, 8, ""}), Error);
  EXPECT_THROW((void)document.mention_span({"x", 3, 0, 1, ""}), Error);
  EXPECT_THROW((void)document.mention_span({"x", -1, 0, 1, ""}), Error);
  EXPECT_THROW((void)document.mention_span({"x", 0, 2, 2, ""}), Error);
}

TEST(DocRed, SaysWhichDocumentIsWrongAndWhy) {
  const std::string good = kDocument;
  std::string message;
  EXPECT_EQ(kind_of_parsing(replaced(good, "\"pos\": [3, 4]", "\"pos\": [3, 6]"), &message), ErrorKind::kInvalidArgument);
  EXPECT_NE(message.find("document 0"), std::string::npos);
  EXPECT_NE(message.find("entity 1"), std::string::npos);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"\"pos\": [0, 2]", "\"pos\": [2, 2]"},
                                                                                 {"\"pos\": [0, 2]", "\"pos\": [-1, 2]"},
                                                                                 {"\"pos\": [0, 2]", "\"pos\": [0, 1e3]"},
                                                                                 {"\"sent_id\": 1", "\"sent_id\": 2"},
                                                                                 {"\"h\": 0", "\"h\": 2"},
                                                                                 {"\"h\": 0", "\"x\": 0"},
                                                                                 {"\"evidence\": [0]", "\"evidence\": [9]"},
                                                                                 {"\"title\"", "\"name\""},
                                                                                 {"\"sents\"", "\"text\""},
                                                                                 {"\"Quill\"", "17"},
                                                                                 {"\"vertexSet\": [[", "\"vertexSet\": [[],["}}) {
    EXPECT_EQ(kind_of_parsing(replaced(good, from, to)), ErrorKind::kInvalidArgument) << to;
  }
  EXPECT_EQ(kind_of_parsing("{"), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_parsing("{}"), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_parsing("[\"\xFF\"]"), ErrorKind::kInvalidArgument);
}

TEST(DocRed, NulInAWordIsRepaired) {
  const auto documents = parse_docred(replaced(kDocument, "\"won\"", "\"w\\u0000n\""), "f.json", {});
  EXPECT_EQ(documents[0].sentences[1][1], "w\xEF\xBF\xBDn");
}

TEST(DocRed, MissingFileIsNotFound) {
  try {
    read_docred("there/is/no/such.json", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
  }
}

TEST(DocumentMemory, AnswersByEveryMentionNameInBothDirections) {
  const auto query = document_query(test::norvane());
  for (const std::string name : {"Ada Quill", "Quill", "  ada QUILL "}) {
    const QueryResult result = query({std::nullopt, "Founder", name});
    ASSERT_EQ(result.matches.size(), 1U) << name;
    EXPECT_EQ(result.outcome, QueryOutcome::kFound);
    EXPECT_EQ(result.matches[0].answer, "Norvane");
    EXPECT_EQ(result.matches[0].fact.object, "Ada Quill");
  }
  EXPECT_EQ(query({"Norvane", "founder", std::nullopt}).matches.at(0).answer, "Ada Quill");
  EXPECT_EQ(query({"Norvane", "owner", std::nullopt}).outcome, QueryOutcome::kEmpty);
  EXPECT_EQ(query({"Nobody", "founder", std::nullopt}).outcome, QueryOutcome::kEmpty);
  EXPECT_EQ(query({"Norvane", "founder", "Ada Quill"}).outcome, QueryOutcome::kEmpty);
}

TEST(DocumentMemory, MoreAnswersThanAllowedAreTooBroad) {
  DocRedDocument document = test::norvane();
  document.labels = {{1, 0, "member", {}}, {1, 2, "member", {}}, {1, 3, "member", {}}};
  const auto query = document_query(document, {0, 1, 2});
  const QueryResult result = query({"Norvane", "member", std::nullopt});
  EXPECT_EQ(result.outcome, QueryOutcome::kTooBroad);
  EXPECT_EQ(result.matches.size(), 2U);
  EXPECT_EQ(document_query(document, {0, 1, 3})({"Norvane", "member", std::nullopt}).outcome, QueryOutcome::kFound);
}

TEST(DocumentMemory, DropsTheGivenShareAlwaysTheSameWay) {
  DocRedDocument document = test::norvane();
  document.labels.clear();
  for (int i = 0; i < 1000; ++i) document.labels.push_back({1, 0, "relation " + std::to_string(i), {}});
  const auto kept = [&](std::uint64_t seed) {
    const auto query = document_query(document, {0.25, seed, 30});
    std::vector<int> result;
    for (int i = 0; i < 1000; ++i) {
      if (query({"Norvane", "relation " + std::to_string(i), std::nullopt}).outcome == QueryOutcome::kFound) result.push_back(i);
    }
    return result;
  };
  EXPECT_NEAR(static_cast<double>(kept(1).size()), 750, 60);
  EXPECT_EQ(kept(1), kept(1));
  EXPECT_NE(kept(1), kept(2));
}

}  // namespace
}  // namespace memllm
