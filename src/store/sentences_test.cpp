// Sentences: kept with their documents, found, withdrawn, brought back, forgotten; a run of learn is undone as one.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "memllm/error.h"
#include "sql/sqlite.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

class SentencesTest : public StoreTest {
 protected:
  static std::vector<SentenceDraft> drafts(const std::vector<std::string>& texts, const std::string& heading = "") {
    std::vector<SentenceDraft> drafts;
    std::int64_t at = 0;
    for (const std::string& text : texts) {
      drafts.push_back(
          {static_cast<std::int64_t>(drafts.size()), {at, at + static_cast<std::int64_t>(text.size())}, text, heading, "", false});
      at += static_cast<std::int64_t>(text.size()) + 1;
    }
    return drafts;
  }
  static DocumentChange put(Store& store, const std::string& name, const std::vector<std::string>& texts, std::optional<EventId> learn = {},
                            const std::vector<Statement>& statements = {}) {
    return store.put_document({name, texts.empty() ? "empty" : texts.back(), "writer", "", "Title of " + name, "", "", learn, false},
                              statements, drafts(texts));
  }
  static std::vector<std::string> texts(const Store& store, const std::string& name, const std::optional<Timestamp>& as_of = {}) {
    std::vector<std::string> texts;
    for (const Sentence& sentence : store.sentences(name, as_of)) texts.push_back(sentence.text);
    return texts;
  }
  static std::vector<std::string> found(const Store& store, const std::vector<std::string>& words,
                                        const std::optional<Timestamp>& as_of = {}) {
    std::vector<std::string> texts;
    for (const FoundSentence& hit : store.sentences_with_words(words, 10, as_of)) texts.push_back(store.sentence(hit.id)->text);
    return texts;
  }
  static Statement said(const std::string& document, const std::string& subject, const std::string& object) {
    Statement statement = stated(subject, "knows", object, "model");
    statement.source.document = document;
    return statement;
  }
};

using Texts = std::vector<std::string>;

TEST_F(SentencesTest, AreKeptInOrderWithWhatStandsOverThem) {
  Store store(options());
  store.put_document({"a.md", "h", "w", "", "Alder", "Ada Quill", "2024-05-03", {}, false}, {},
                     std::vector<SentenceDraft>{{0, {0, 3}, "One", "Alder > Budget", "", false}, {1, {4, 7}, "Two", "Alder", "Bo", false}});
  const auto sentences = store.sentences("a.md", {});
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_EQ(sentences[0].heading, "Alder > Budget");
  EXPECT_EQ(sentences[1].speaker, "Bo");
  EXPECT_EQ(sentences[1].number, 1);
  EXPECT_EQ(sentences[1].span, (Span{4, 7}));
  EXPECT_EQ(sentences[1].title, "Alder");
  EXPECT_EQ(sentences[1].author, "Ada Quill");
  EXPECT_EQ(sentences[1].date, "2024-05-03");
  EXPECT_EQ(store.stats().sentences, 2U);
}

TEST_F(SentencesTest, WordsFindThemAlsoByWhatStandsOverThem) {
  Store store(options());
  put(store, "x", {"Ada Quill lives in Porto.", "Bo bakes bread.", "It rained."});
  EXPECT_EQ(found(store, {"porto"}), Texts{"Ada Quill lives in Porto."});
  EXPECT_EQ(found(store, {"bake"}), Texts{"Bo bakes bread."});
  EXPECT_EQ(found(store, {"pörtö", "quill"}), Texts{"Ada Quill lives in Porto."});
  EXPECT_EQ(found(store, {"title"}).size(), 3U);
  EXPECT_EQ(found(store, {"nothing"}), Texts{});
  EXPECT_EQ(found(store, {"\"", "a\" OR text:*", "NEAR("}), Texts{});
  EXPECT_EQ(found(store, {}), Texts{});
}

TEST_F(SentencesTest, ANewVersionKeepsWhatStillStands) {
  Store store(options());
  put(store, "x", {"One.", "Two.", "Two.", "Three."});
  const SentenceId two = store.sentences("x", {})[1].id;
  const Timestamp then = clock_.now();
  put(store, "x", {"New.", "Two.", "Three."});
  EXPECT_EQ(texts(store, "x"), (Texts{"New.", "Two.", "Three."}));
  EXPECT_EQ(store.sentences("x", {})[1].id, two);
  EXPECT_EQ(found(store, {"one"}), Texts{});
  EXPECT_EQ(texts(store, "x", then).size(), 4U);
  EXPECT_EQ(found(store, {"one"}, then), Texts{"One."});
  EXPECT_EQ(store.stats().sentences, 3U);
}

TEST_F(SentencesTest, UndoBringsTheOldVersionBack) {
  Store store(options());
  put(store, "x", {"One.", "Two."});
  put(store, "x", {"Two.", "Three."});
  const Timestamp then = clock_.now();
  store.undo({}, "user");
  EXPECT_EQ(texts(store, "x").size(), 2U);
  EXPECT_EQ(found(store, {"one"}), Texts{"One."});
  EXPECT_EQ(found(store, {"three"}), Texts{});
  EXPECT_EQ(found(store, {"three"}, then), Texts{"Three."});
  store.undo({}, "user");
  EXPECT_EQ(texts(store, "x"), Texts{});
  EXPECT_FALSE(store.document("x"));
  EXPECT_TRUE(store.documents({}).empty());
  EXPECT_EQ(store.stats().documents, 0U);
  EXPECT_EQ(found(store, {"three"}, then), Texts{"Three."});
  EXPECT_TRUE(store.verify().clean());
  put(store, "x", {"Two."});
  EXPECT_EQ(texts(store, "x"), Texts{"Two."});
}

TEST_F(SentencesTest, ARunOfLearnIsUndoneAsOne) {
  Store store(options());
  put(store, "before", {"Before."}, {}, {said("before", "Ada", "Bo")});
  const EventId learn = store.begin_learn("two documents", "user");
  put(store, "x", {"One."}, learn, {said("x", "Ada", "Cy"), said("x", "Ada", "Bo")});
  put(store, "y", {"Two."}, learn, {said("y", "Di", "Cy")});
  EXPECT_EQ(store.stats().facts, 3U);
  const auto undone = store.undo({}, "user");
  ASSERT_TRUE(undone);
  EXPECT_EQ(undone->id, learn);
  EXPECT_EQ(undone->kind, EventKind::kLearn);
  EXPECT_EQ(store.stats().facts, 1U);
  EXPECT_EQ(texts(store, "x"), Texts{});
  EXPECT_EQ(texts(store, "before"), Texts{"Before."});
  EXPECT_EQ(kind_of_failure([&] { store.undo(learn, "user"); }), ErrorKind::kConflict);
  store.undo({}, "user");
  EXPECT_EQ(store.stats().facts, 0U);
  store.undo({}, "user");
  EXPECT_FALSE(store.undo({}, "user"));
}

TEST_F(SentencesTest, WhatWasChangedSinceKeepsALearnFromBeingUndone) {
  Store store(options());
  const EventId learn = store.begin_learn("a document", "user");
  const FactId fact = put(store, "x", {"One."}, learn, {said("x", "Ada", "Cy")}).facts[0];
  store.edit(fact, {}, {}, "Di", "user");
  EXPECT_EQ(kind_of_failure([&] { store.undo(learn, "user"); }), ErrorKind::kConflict);
  EXPECT_EQ(texts(store, "x"), Texts{"One."});  // all or nothing
  store.undo({}, "user");
  store.undo(learn, "user");
  EXPECT_EQ(store.stats().facts, 0U);
}

TEST_F(SentencesTest, VectorsFindThem) {
  Store store(options_with_vectors());
  Texts many;
  for (int i = 0; i < 200; ++i) many.push_back("Sentence of no importance, number " + std::to_string(i));
  many.push_back("Ada Quill lives in Porto.");
  put(store, "x", many);
  EXPECT_EQ(store.embed_sentences(150), 51U);
  EXPECT_EQ(store.embed_sentences(1'000), 0U);
  const auto vector = triple_embedding().embed(Texts{"Title of x  : Ada Quill lives in Porto."});
  const auto near = store.sentences_near(vector, 3, {});
  ASSERT_EQ(near.size(), 3U);
  EXPECT_EQ(store.sentence(near[0].id)->text, "Ada Quill lives in Porto.");
  EXPECT_NEAR(near[0].score, 1, 0.01);
  EXPECT_LT(near[1].score, near[0].score);
  put(store, "x", {"Nothing."});
  EXPECT_TRUE(store.sentences_near(vector, 3, {}).empty());
  Store without(options());
  EXPECT_EQ(without.embed_sentences(10), 0U);
  EXPECT_TRUE(without.sentences_near(vector, 3, {}).empty());
}

TEST_F(SentencesTest, AForgottenDocumentLeavesNoByte) {
  Store store(options_with_vectors());
  put(store, "Zyxwvut.md", {"Qponmlk is here.", "More."}, {}, {said("Zyxwvut.md", "Qponmlk", "Bo"), said("Zyxwvut.md", "Ada", "Bo")});
  put(store, "other", {"Ada knows Bo."}, {}, {said("other", "Ada", "Bo")});
  put(store, "Zyxwvut.md", {"Qponmlk was here."}, {}, {said("Zyxwvut.md", "Qponmlk", "Bo"), said("Zyxwvut.md", "Ada", "Bo")});
  store.embed_sentences(100);
  store.forget_document("Zyxwvut.md");
  EXPECT_EQ(store.stats().facts, 1U);
  EXPECT_EQ(store.stats().documents, 1U);
  EXPECT_TRUE(store.verify().clean());
  std::ostringstream out;
  store.export_jsonl(out);
  EXPECT_EQ(out.str().find("Zyxwvut"), std::string::npos);
  EXPECT_EQ(out.str().find("Qponmlk"), std::string::npos);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const char* trace : {"Zyxwvut", "zyxwvut", "Qponmlk", "qponmlk"}) {
      EXPECT_EQ(bytes.find(trace), std::string::npos) << entry.path() << ' ' << trace;
    }
  }
  EXPECT_EQ(kind_of_failure([&] { store.forget_document("Zyxwvut.md"); }), ErrorKind::kNotFound);
}

TEST_F(SentencesTest, AForgottenEntityIsBlankedInThemAndTakesNamesThatContainIt) {
  Store store(options());
  add(store, "Ada Quill", "knows", "Bo");
  add(store, "Ada Quill's diary", "written in", "Porto");
  add(store, "Ada Quillon", "knows", "Bo");
  put(store, "x", {"Ada Quill lives in Porto.", "Ada Quillon does not."});
  store.forget_entity("Ada Quill", ForgetNames::kExact);
  EXPECT_EQ(store.stats().facts, 2U);
  EXPECT_EQ(texts(store, "x"), (Texts{"(forgotten)", "Ada Quillon does not."}));
  add(store, "Ada Quill", "knows", "Bo");
  store.forget_entity("ada quill");
  EXPECT_EQ(store.stats().facts, 1U);
  EXPECT_TRUE(store.has_entity("Ada Quillon"));
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(SentencesTest, GoOutAndInWithTheMemory) {
  Store store(options());
  const EventId learn = store.begin_learn("a document", "user");
  put(store, "x", {"One.", "Two."}, learn);
  put(store, "x", {"Two.", "Three."});
  const Timestamp then = clock_.now();
  store.undo({}, "user");
  std::ostringstream out;
  store.export_jsonl(out);
  TestFolder other;
  Store copy(options_in(other));
  for (int round = 0; round < 2; ++round) {
    std::istringstream in(out.str());
    copy.import_jsonl(in);
    EXPECT_EQ(texts(copy, "x"), texts(store, "x"));
    EXPECT_EQ(found(copy, {"three"}, then), Texts{"Three."});
    EXPECT_EQ(copy.documents({})[0].title, "Title of x");
    EXPECT_TRUE(copy.verify().clean());
  }
  std::ostringstream again;
  copy.export_jsonl(again);
  EXPECT_EQ(again.str(), out.str());
  copy.undo(learn, "user");
  EXPECT_EQ(texts(copy, "x"), Texts{});
}

TEST_F(SentencesTest, DocumentsAreListedAndCalledByTheEndOfTheirName) {
  Store store(options());
  put(store, "/home/a/notes.txt", {"One."}, {}, {said("/home/a/notes.txt", "Ada", "Bo")});
  put(store, "/home/b/notes.txt", {"Two."});
  put(store, "/home/b/more.jsonl#Rome", {"Three."});
  const auto documents = store.documents({});
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].name, "/home/a/notes.txt");
  EXPECT_EQ(documents[0].sentences, 1U);
  EXPECT_EQ(documents[0].facts, 1U);
  EXPECT_EQ(store.document_named("notes.txt"), std::nullopt);  // two
  EXPECT_EQ(store.document_named("a/notes.txt"), "/home/a/notes.txt");
  EXPECT_EQ(store.document_named("Rome"), "/home/b/more.jsonl#Rome");
  EXPECT_EQ(store.document_named("otes.txt"), std::nullopt);
  EXPECT_TRUE(store.documents(Timestamp("2000-01-01")).empty());
}

TEST_F(SentencesTest, WhatAPersonRejectedOrCorrectedStaysSo) {
  Store store(options());
  const auto say = [](const std::string& object, const std::string& text) {
    Statement statement = said("x", "Ada", object);
    statement.source.text = text;
    return statement;
  };
  const std::vector<Statement> statements = {say("Bo", "Ada knows Bo."), say("Cy", "Ada knows Cy.")};
  const auto first = put(store, "x", {"Ada knows Bo.", "Ada knows Cy."}, {}, statements);
  store.retract(first.facts[0], "wrong", "user");
  store.edit(first.facts[1], {}, {}, "Di", "user");
  const auto again = put(store, "x", {"Ada knows Bo.", "Ada knows Cy.", "New."}, {}, statements);
  EXPECT_EQ(again.facts, first.facts);
  EXPECT_EQ(again.rejected, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(answers(store.query(asks_object("Ada", "knows"), {})), Texts{"Di"});
  const auto sentences = store.sentences("x", std::nullopt);
  const auto corrected = store.facts_corrected_by_people(sentences.at(1), {});
  ASSERT_EQ(corrected.size(), 1U);
  EXPECT_EQ(corrected[0].object, "Cy");
  EXPECT_EQ(store.get(corrected[0].successor.value())->object, "Di");
  EXPECT_EQ(store.facts_corrected_by_people(sentences.at(0), {}).at(0).object, "Bo");
  EXPECT_TRUE(store.facts_corrected_by_people(sentences.at(2), {}).empty());
  EXPECT_TRUE(store.facts_corrected_by_people(sentences.at(1), Timestamp("2000-01-01")).empty());
  // Another sentence says so: that is news.
  const auto news = put(store, "x", {"Ada surely knows Bo."}, {}, {say("Bo", "Ada surely knows Bo.")});
  EXPECT_TRUE(news.rejected.empty());
  EXPECT_EQ(answers(store.query(asks_object("Ada", "knows"), {})).size(), 2U);
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(SentencesTest, AMemoryOfTheFirstVersionIsBroughtUpToDate) {
  {
    Store store(options());
    put(store, "x", {}, {}, {said("x", "Ada", "Bo")});
  }
  sqlite::Database(folder_.path() / "memory.sqlite")
      .execute(
          "DROP TABLE sentence_words; DROP VIEW sentence_texts; DROP TABLE sentences; DROP INDEX events_by_whole;"
          "ALTER TABLE events DROP COLUMN part_of; ALTER TABLE documents DROP COLUMN title; ALTER TABLE documents DROP COLUMN author;"
          "ALTER TABLE documents DROP COLUMN date; PRAGMA user_version = 1");
  Store store(options());
  EXPECT_EQ(store.stats().facts, 1U);
  put(store, "x", {"One."}, {}, {said("x", "Ada", "Bo")});
  EXPECT_EQ(found(store, {"one"}), Texts{"One."});
  EXPECT_TRUE(store.verify().clean());
}

}  // namespace
}  // namespace memllm
