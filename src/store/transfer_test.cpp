// Export and import.
#include <gtest/gtest.h>

#include <sstream>

#include "memllm/error.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

std::string header() { return "{\"format\":\"memllm\",\"version\":1}\n"; }

std::size_t import(Store& store, const std::string& text) {
  std::istringstream in(text);
  return store.import_jsonl(in);
}

std::string exported(const Store& store) {
  std::ostringstream out;
  store.export_jsonl(out);
  return out.str();
}

// Something of everything.
void fill(Store& store) {
  store.set_relation("capital", RelationPolicy::kFunctional, "the capital {}");
  const FactId almaty = add(store, "Kazakhstan", "capital", "Almaty \"old\"\\");
  store.replace(stated("Kazakhstan", "capital", "Astana"));
  store.add_alias("Kazakhstan", "Қазақстан");
  add(store, "Qazaqstan", "capital", "Nur-Sultan");
  store.add_alias("Kazakhstan", "Qazaqstan");
  std::vector<Statement> statements = {stated("Ada", "born in", "London", "model"), stated("Ada", "field", "mathematics", "model")};
  statements[0].source = {.document = {},
                          .sentence = 2,
                          .text = "Ada was\tborn in \U0001F600 London.",
                          .sentence_span = {5, 40},
                          .subject_span = Span{0, 3},
                          .object_span = std::nullopt,
                          .author = "model",
                          .model = "m",
                          .adapter = "a",
                          .mean_log_probability = -0.12345678901234567,
                          .asserted_at = "2001-01-01"};
  statements[0].valid_from = "1815-12-10";
  store.put_document({"ada.txt", "h", "w", ""}, statements);
  add(store, stated("Ada", "field", "mathematics", "someone"));
  store.put_document({"ada.txt", "h2", "w", ""}, {});
  store.retract(almaty + 1, "moved", "user");
  store.undo(std::nullopt, "user");
  store.put_document({"gone.txt", "h", "w", ""}, {});
  store.undo(std::nullopt, "user");
  store.add_alias("Ada", "Countess");
  store.undo(std::nullopt, "user");
  const FactId secret = add(store, "Ada", "secret", "x");
  store.forget(secret);
}

TEST_F(StoreTest, ExportImportExportIsByteIdentical) {
  Store store(options());
  fill(store);
  const std::string text = exported(store);
  TestFolder folder;
  Store copy(options_in(folder));
  EXPECT_EQ(import(copy, text), store.stats().facts + store.stats().retracted);
  EXPECT_EQ(exported(copy), text);
  EXPECT_EQ(copy.verify().problems, std::vector<std::string>());
  EXPECT_EQ(copy.list({}), store.list({}));
  EXPECT_EQ(answers(copy.query(asks_object("qazaqstan", "capital"), {})), answers(store.query(asks_object("Kazakhstan", "capital"), {})));
}

TEST_F(StoreTest, ImportingAgainChangesNothing) {
  Store store(options());
  fill(store);
  const std::string text = exported(store);
  import(store, text);
  EXPECT_EQ(exported(store), text);
}

TEST_F(StoreTest, ImportIntoAnotherMemoryKeepsBoth) {
  Store store(options());
  fill(store);
  TestFolder folder;
  Store target(options_in(folder));
  add(target, "Ada", "field", "mathematics");
  add(target, "London", "in", "England");
  const std::size_t own = target.stats().facts;
  import(target, exported(store));
  EXPECT_EQ(target.stats().facts, own + store.stats().facts - 1);  // one is in both
  EXPECT_EQ(target.verify().problems, std::vector<std::string>());
  import(target, exported(store));
  EXPECT_EQ(target.stats().facts, own + store.stats().facts - 1);
  const std::string text = exported(target);
  import(target, exported(store));
  EXPECT_EQ(exported(target), text);
  while (target.undo(std::nullopt, "user")) {
  }
  EXPECT_EQ(target.stats().facts, 0U);
  EXPECT_EQ(target.verify().problems, std::vector<std::string>());
}

TEST_F(StoreTest, AnotherNameSpaceGetsIdsOfItsOwn) {
  Store store(options());
  fill(store);
  StoreOptions other = options();
  other.name_space = "copy";
  Store copy(other);
  import(copy, exported(store));
  EXPECT_EQ(copy.stats().facts, store.stats().facts);
  EXPECT_EQ(copy.stats().events, store.stats().events);
  EXPECT_EQ(copy.verify().problems, std::vector<std::string>());
  while (copy.undo(std::nullopt, "user")) {
  }
  EXPECT_EQ(copy.stats().facts, 0U);
  EXPECT_GT(store.stats().facts, 0U);
  EXPECT_EQ(copy.verify().problems, std::vector<std::string>());
}

TEST_F(StoreTest, AFileWrittenByHandNeedsOnlyNames) {
  Store store(options());
  EXPECT_EQ(
      import(store, header() +
                        R"({"type":"entity","name":"Ada Lovelace","aliases":["Ada"]})"
                        "\n\n"
                        R"({"type":"fact","subject":"ada","relation":"born in","object":"London"})"
                        "\r\n"
                        R"({"type":"fact","subject":"Ada Lovelace","relation":"Born in","object":"london","sources":[{"document":"x"}]})"),
      2U);
  const auto facts = store.list({});
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].subject, "Ada Lovelace");
  ASSERT_EQ(facts[0].sources.size(), 2U);
  EXPECT_EQ(facts[0].sources[0].author, "import");
  EXPECT_EQ(store.history(facts[0].id, 10).size(), 2U);
  EXPECT_TRUE(store.verify().clean());
  while (store.undo(std::nullopt, "user")) {
  }
  EXPECT_EQ(store.stats().facts, 0U);
}

TEST_F(StoreTest, UndoingWhatWasImportedLeavesTheMemorysOwnFact) {
  const std::string file = header() + R"({"type":"fact","id":1,"subject":"A","relation":"r","object":"B"})"
                                      "\n"
                                      R"({"type":"event","id":1,"kind":"quarantine","fact":1,"refs":[["fact",1]]})"
                                      "\n"
                                      R"({"type":"event","id":2,"kind":"accept","fact":1,"refs":[["fact",1]]})"
                                      "\n";
  Store store(options());
  const FactId fact = add(store, "A", "r", "B");
  import(store, file);
  store.undo(std::nullopt, "user");
  store.undo(std::nullopt, "user");
  EXPECT_TRUE(store.get(fact)->active());

  TestFolder folder;
  Store copy(options_in(folder));
  import(copy, file);
  while (copy.undo(std::nullopt, "user")) {  // the file's events do not fit its fact: nothing worse than that happens
  }
  EXPECT_TRUE(copy.verify().clean());
}

TEST_F(StoreTest, ImportJoinsEntitiesThatTheMemoryKnewAsOthers) {
  Store store(options());
  add(store, "A", "r", "x");
  add(store, "B", "r", "y");
  store.add_alias("B", "A");
  import(store, header() + R"({"type":"entity","id":1,"name":"C"})"
                           "\n"
                           R"({"type":"entity","id":2,"name":"A","same_as":1})"
                           "\n");
  EXPECT_EQ(answers(store.query(asks_object("C", "r"), {})).size(), 2U);
  store.undo(std::nullopt, "user");
  EXPECT_EQ(answers(store.query(asks_object("B", "r"), {})).size(), 2U);
  EXPECT_TRUE(answers(store.query(asks_object("C", "r"), {})).empty());
}

TEST_F(StoreTest, AliasesKeepTheirPlaceThroughAMemoryThatNumbersThemAnew) {
  Store first(options());
  add(first, "E1", "r", "E2");
  first.add_alias("E2", "E2b");
  first.add_alias("E2", "E2c");
  first.add_alias("E1", "E1b");
  TestFolder folders[2];
  Store second(options_in(folders[0]));
  add(second, "P", "q", "Q");
  import(second, exported(first));
  Store third(options_in(folders[1]));
  import(third, exported(second));
  for (const std::string name : {"E2", "E2b", "E2c"}) EXPECT_EQ(third.entity_names(name).size(), 3U) << name;
  while (third.undo(std::nullopt, "user")) {
  }
  EXPECT_EQ(third.entity_names("E2"), std::vector<std::string>{"E2"});
  EXPECT_EQ(third.verify().problems, std::vector<std::string>());
}

TEST_F(StoreTest, WhatWasImportedFromAClockAheadCanBeChangedAndExported) {
  Store store(options());
  import(store, header() + R"({"type":"fact","subject":"a","relation":"r","object":"b","recorded_at":"2031-01-01"})");
  store.retract(1, "", "user");
  EXPECT_EQ(store.verify().problems, std::vector<std::string>());
  TestFolder folder;
  Store copy(options_in(folder));
  EXPECT_EQ(import(copy, exported(store)), 1U);
}

TEST_F(StoreTest, AnotherValidTimeOfTheSameFactIsRefused) {
  const std::string cleveland = R"({"type":"fact","subject":"Cleveland","relation":"office","object":"President","valid_from":)";
  Store store(options());
  EXPECT_EQ(kind_of_failure([&] { import(store, header() + cleveland + "\"1885-03-04\"}\n" + cleveland + "\"1893-03-04\"}\n"); }),
            ErrorKind::kInvalidArgument);
  import(store, header() + cleveland + "\"1885-03-04\"}\n" + cleveland + "\"1885-03-04\"}\n");
  EXPECT_EQ(store.stats().facts, 1U);
}

TEST_F(StoreTest, WhatIsImportedAgainAfterItsRetractionIsBelievedFromThenOn) {
  Store store(options());
  add(store, "A", "r", "X");
  const std::string file = exported(store);
  store.retract(1, "", "user");
  FactFilter then;
  then.as_of = clock_.now();
  import(store, file);
  EXPECT_TRUE(store.list(then).empty());
  EXPECT_EQ(store.list({}).size(), 1U);
  EXPECT_EQ(store.verify().problems, std::vector<std::string>());
  const std::string text = exported(store);
  import(store, file);
  EXPECT_EQ(exported(store), text);
}

TEST_F(StoreTest, APolicyThatTheMemoryWasToldStays) {
  Store store(options());
  store.set_relation("capital", RelationPolicy::kFunctional, "");
  const std::string file = exported(store);
  store.set_relation("capital", RelationPolicy::kMultiValued, "");
  import(store, file);
  add(store, "A", "capital", "X");
  add(store, "A", "capital", "Y");
  EXPECT_EQ(store.stats().facts, 2U);
}

TEST_F(StoreTest, ImportedEventsAreAboutWhatRowsSayTheyChanged) {
  Store store(options());
  import(store, header() +
                    R"({"type":"fact","id":1,"subject":"Jane","relation":"r","object":"x"})"
                    "\n"
                    R"({"type":"fact","id":2,"subject":"Bob","relation":"r","object":"y","retracted_at":"2030-01-01","retracted_by":1})"
                    "\n"
                    R"({"type":"event","id":1,"kind":"retract","fact":1,"detail":"Diagnosis42"})"
                    "\n");
  ASSERT_EQ(store.history(1, 10).size(), 1U);
  store.forget(1);
  EXPECT_EQ(store.history(2, 10).size(), 1U);
  EXPECT_EQ(exported(store).find("Diagnosis42"), std::string::npos);
  EXPECT_EQ(store.verify().problems, std::vector<std::string>());
}

TEST_F(StoreTest, IdsLeaveRoomForThoseThatFollow) {
  Store store(options());
  import(store, header() + R"({"type":"fact","id":9007199254740992,"subject":"a","relation":"r","object":"b"})");
  add(store, "a", "r", "c");
  TestFolder folder;
  Store copy(options_in(folder));
  EXPECT_EQ(import(copy, exported(store)), 2U);
}

TEST_F(StoreTest, ABadLineIsNamedAndNothingIsImported) {
  Store store(options());
  const std::string good = R"({"type":"fact","subject":"a","relation":"r","object":"b"})";
  const std::vector<std::string> bad = {
      "{",
      "[]",
      "7",
      R"({"type":"thing"})",
      R"({"subject":"a","relation":"r","object":"b"})",
      R"({"type":"fact","subject":"a","relation":"r"})",
      R"({"type":"fact","subject":"a","relation":"r","object":""})",
      R"({"type":"fact","subject":"a","relation":"r","object":1})",
      R"({"type":"fact","subject":"a","relation":"r","object":"b","colour":"red"})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","id":0})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","id":9223372036854775807})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","id":18446744073709551615})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","recorded_at":"yesterday"})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","successor":5,"retracted_at":"2030-01-01"})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","reason":"x"})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","gaps":[1]})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","sources":[{"sentence_span":[5,1]}]})",
      R"({"type":"fact","subject":"a","relation":"r","object":"c","sources":[{"withdrawn_by":8}]})",
      R"({"type":"relation","name":"q","policy":"maybe"})",
      R"({"type":"entity","name":"e","aliases":[3]})",
      R"({"type":"entity","name":"e","same_as":99})",
      R"({"type":"document","name":"d"})",
      R"({"type":"event","kind":"party"})",
      R"({"type":"event","kind":"add","fact":77})",
      R"({"type":"event","kind":"add","refs":[["entity",-3]]})",
      R"({"type":"event","kind":"add","refs":[["planet",3]]})",
      R"({"type":"event","kind":"add","payload":{"new":"x"}})",
      "{\"type\":\"entity\",\"name\":\"\xFF\"}",
      std::string(200'000, '['),
      R"({"type":"event","kind":"add","payload":{"x":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}}",
  };
  for (const std::string& line : bad) {
    try {
      import(store, header() + good + "\n" + line + "\n" + good + "\n");
      ADD_FAILURE() << line.substr(0, 100);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument) << line.substr(0, 100) << " " << error.what();
      EXPECT_NE(std::string(error.what()).find("line 3"), std::string::npos) << error.what();
    }
    EXPECT_EQ(store.stats().facts + store.stats().events + store.stats().entities, 0U);
  }
  EXPECT_EQ(kind_of_failure([&] { import(store, ""); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure([&] { import(store, good); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure([&] { import(store, R"({"format":"memllm","version":3})"); }), ErrorKind::kUnsupported);
}

TEST_F(StoreTest, ALongLineIsNoTrouble) {
  Store store(options());
  const std::string text = std::string().append(10'000'000, 'x');
  import(store, header() + R"({"type":"fact","subject":"a","relation":"r","object":"b","sources":[{"text":")" + text + "\"}]}");
  EXPECT_EQ(store.get(1)->sources[0].text, text);
}

}  // namespace
}  // namespace memllm
