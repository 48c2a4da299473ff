#include "store/store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/event_kind.h"
#include "memllm/error.h"
#include "sql/sqlite.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

using Answers = std::vector<std::string>;

TEST_F(StoreTest, SpellingsOfANameAreOneEntity) {
  Store store(options());
  const FactId first = add(store, "Acme  Corp", "founded by", "Zoë");
  EXPECT_EQ(add(store, stated("ACME corp", "Founded By", "ZOE\u0308", "someone else")), first);
  const Fact fact = *store.get(first);
  EXPECT_EQ(fact.subject, "Acme Corp");
  EXPECT_EQ(fact.object, "Zoë");
  ASSERT_EQ(fact.sources.size(), 2U);
  EXPECT_EQ(fact.sources[1].author, "someone else");
  EXPECT_EQ(store.stats().entities, 2U);
  EXPECT_EQ(store.history(first, 10).front().kind, EventKind::kSupport);
}

TEST_F(StoreTest, SayingTheSameTwiceChangesNothing) {
  Store store(options());
  const FactId fact = add(store, "a", "r", "b");
  EXPECT_EQ(add(store, "A", "R", "B"), fact);
  EXPECT_EQ(store.get(fact)->sources.size(), 1U);
  EXPECT_EQ(store.stats().events, 1U);
}

TEST_F(StoreTest, AFactComesBackAsItWasStated) {
  Statement statement = stated("Ada", "born in", "London");
  statement.source = {.document = "bio.txt",
                      .sentence = 3,
                      .text = "Ada was\n\"born\" in London.",
                      .sentence_span = {10, 35},
                      .subject_span = Span{0, 3},
                      .object_span = Span{18, 24},
                      .author = "model",
                      .model = "m",
                      .adapter = "a",
                      .mean_log_probability = -0.1,
                      .asserted_at = "2020-01-01T00:00:00.000Z"};
  statement.valid_from = "1815-12-10";
  FactId id = 0;
  {
    Store store(options());
    id = add(store, statement);
  }
  const Fact fact = *Store(options()).get(id);
  ASSERT_EQ(fact.sources.size(), 1U);
  EXPECT_EQ(fact.sources[0], statement.source);
  EXPECT_EQ(fact.valid_from, "1815-12-10T00:00:00.000Z");
  EXPECT_EQ(fact.name_space, "default");
  EXPECT_TRUE(fact.active());
}

TEST_F(StoreTest, WhatIsStatedByHandOfAFunctionalRelationReplacesAndLearningAdds) {
  Store store(options());
  store.set_relation("capital", RelationPolicy::kFunctional, "");
  const auto capital = [&] { return answers(store.query(asks_object("kazakhstan", "capital"), {})); };
  for (const char* city : {"Almaty", "Astana"}) {
    Statement learned = stated("Kazakhstan", "capital", city, "model");
    learned.source.document = "a.txt";
    add(store, learned);
  }
  EXPECT_EQ(capital(), (Answers{"Astana", "Almaty"}));  // newest first
  const FactId aqmola = add(store, "Kazakhstan", "capital", "Aqmola");
  EXPECT_EQ(capital(), Answers{"Aqmola"});
  EXPECT_EQ(add(store, "Kazakhstan", "capital", "aqmola"), aqmola);
  store.undo(std::nullopt, "user");
  EXPECT_EQ(capital(), (Answers{"Astana", "Almaty"}));
  store.set_relation("capital", RelationPolicy::kMultiValued, "");
  add(store, "Kazakhstan", "capital", "Aqmola");
  EXPECT_EQ(capital().size(), 3U);
}

TEST_F(StoreTest, AnotherValidTimeOfAKnownFactIsNotLostWithoutAWord) {
  Store store(options());
  Statement statement = stated("Acme", "CEO", "Jane");
  statement.valid_from = "2020-01-01";
  const FactId fact = add(store, statement);
  EXPECT_EQ(add(store, statement), fact);
  EXPECT_EQ(add(store, "Acme", "CEO", "Jane"), fact);  // no time is no other time
  statement.valid_from = "2021-01-01";
  EXPECT_EQ(kind_of_failure([&] { add(store, statement); }), ErrorKind::kConflict);
  EXPECT_EQ(kind_of_failure([&] { store.replace(statement); }), ErrorKind::kConflict);
  EXPECT_EQ(store.get(fact)->valid_from, "2020-01-01T00:00:00.000Z");
}

TEST_F(StoreTest, AFactIsShownAsItWasKnownThen) {
  Store store(options());
  const Timestamp before = clock_.now();
  const FactId fact = add(store, "Acme", "CEO", "Jane");
  const Timestamp added = clock_.now();
  store.retract(fact, "wrong", "user");
  const Timestamp retracted = clock_.now();
  store.undo(std::nullopt, "user");
  add(store, stated("Acme", "CEO", "Jane", "Ann"));
  const Timestamp restored = clock_.now();
  store.replace(stated("Acme", "CEO", "John"));
  EXPECT_FALSE(store.get(fact, before));
  EXPECT_TRUE(store.get(fact, added)->active());
  EXPECT_EQ(store.get(fact, added)->sources.size(), 1U);
  EXPECT_FALSE(store.get(fact, retracted)->active());
  EXPECT_TRUE(store.get(fact, restored)->active());
  EXPECT_EQ(store.get(fact, restored)->sources.size(), 2U);
  EXPECT_FALSE(store.get(fact)->active());
  FactFilter filter;
  filter.as_of = added;
  EXPECT_EQ(store.list(filter), std::vector<Fact>{*store.get(fact, added)});
  EXPECT_EQ(store.search("jane", filter), store.list(filter));
}

TEST(EventKindTest, EveryKindHasANameOfItsOwn) {
  for (int i = 0; i <= static_cast<int>(EventKind::kDocument); ++i) {
    const auto kind = static_cast<EventKind>(i);
    EXPECT_EQ(event_kind_of(to_string(kind)), kind) << i;
  }
}

TEST_F(StoreTest, ASourceThatWasWithdrawnLaterIsShownAsOfThen) {
  Store store(options());
  Statement learned = stated("A", "r", "X", "model");
  learned.source.document = "notes";
  const FactId id = add(store, learned);
  add(store, stated("A", "r", "X", "Ann"));
  FactFilter then;
  then.as_of = clock_.now();
  then.document = "notes";
  store.undo(std::nullopt, "user");
  store.put_document({"notes", "h", "w", ""}, {});
  EXPECT_EQ(store.get(id, then.as_of)->sources.size(), 2U);
  EXPECT_EQ(store.list(then).size(), 1U);
  const FactId next = store.replace(stated("A", "r", "Y"));
  QueryOptions past;
  past.as_of = then.as_of;
  const QueryResult result = store.query(asks_object("A", "r"), past);
  ASSERT_EQ(result.matches.size(), 1U);
  EXPECT_TRUE(result.matches[0].fact.active());
  EXPECT_FALSE(result.matches[0].fact.successor);
  EXPECT_NE(next, id);
}

TEST_F(StoreTest, ReplaceLeavesOneValueAndTellsWhatItReplaced) {
  Store store(options());
  const FactId almaty = add(store, "Kazakhstan", "capital", "Almaty");
  const FactId other = add(store, "Kazakhstan", "capital", "Aqmola");
  const FactId astana = store.replace(stated("Kazakhstan", "capital", "Astana"));
  EXPECT_EQ(answers(store.query(asks_object("Kazakhstan", "capital"), {})), Answers{"Astana"});
  EXPECT_EQ(store.get(almaty)->successor, astana);
  EXPECT_EQ(store.get(other)->successor, astana);
  EXPECT_EQ(store.replace(stated("Kazakhstan", "capital", "ASTANA")), astana);
  ASSERT_TRUE(store.undo(std::nullopt, "user"));
  EXPECT_EQ(answers(store.query(asks_object("Kazakhstan", "capital"), {})), (Answers{"Aqmola", "Almaty"}));
  EXPECT_FALSE(store.get(astana)->active());
}

TEST_F(StoreTest, EditOntoAnotherFactMergesIntoIt) {
  Store store(options());
  const FactId right = add(store, "a", "r", "b");
  const FactId wrong = add(store, "a", "r", "c");
  EXPECT_EQ(store.edit(wrong, std::nullopt, std::nullopt, "B", "user2"), right);
  EXPECT_EQ(store.get(right)->sources.size(), 2U);
  EXPECT_EQ(store.edit(right, std::nullopt, "R", std::nullopt, "user"), right);  // another spelling: nothing to do
  store.undo(std::nullopt, "user");
  EXPECT_EQ(store.get(right)->sources.size(), 1U);
  EXPECT_TRUE(store.get(wrong)->active());
}

TEST_F(StoreTest, WrongRequestsSayWhatIsWrong) {
  Store store(options());
  const FactId fact = add(store, "a", "r", "b");
  const std::string nul("x\0y", 3);
  for (const std::string& name : {std::string(), std::string(" \t"), std::string("\u200B"), std::string("a\nb"), nul, std::string("\xFF"),
                                  std::string(1'001, 'x'), std::string("a\xC2\x85z")}) {
    EXPECT_EQ(kind_of_failure([&] { add(store, name, "r", "o"); }), ErrorKind::kInvalidArgument);
    EXPECT_EQ(kind_of_failure([&] { add(store, "s", name, "o"); }), ErrorKind::kInvalidArgument);
    EXPECT_EQ(kind_of_failure([&] { add(store, "s", "r", name); }), ErrorKind::kInvalidArgument);
    EXPECT_EQ(kind_of_failure([&] { store.add_alias("a", name); }), ErrorKind::kInvalidArgument);
    EXPECT_EQ(kind_of_failure([&] { store.query(asks_object(name, "r"), {}); }), ErrorKind::kInvalidArgument);
  }
  EXPECT_EQ(kind_of_failure([&] { store.edit(fact, {}, {}, {}, "u"); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure([&] { store.edit(99, "x", {}, {}, "u"); }), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_failure([&] { store.retract(99, "", "u"); }), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_failure([&] { store.forget(99); }), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_failure([&] { store.forget_entity("nobody"); }), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_failure([&] { store.add_alias("nobody", "x"); }), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_failure([&] { store.undo(99, "u"); }), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of_failure([&] { store.query({"a", "r", "b"}, {}); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure([&] { store.query({std::nullopt, "r", std::nullopt}, {}); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(kind_of_failure([&] { store.set_relation("r", RelationPolicy::kFunctional, "no place"); }), ErrorKind::kInvalidArgument);
  Statement infinite = stated("a", "r", "c");
  infinite.source.mean_log_probability = -INFINITY;
  EXPECT_EQ(kind_of_failure([&] { add(store, infinite); }), ErrorKind::kInvalidArgument);
  store.retract(fact, "wrong", "u");
  EXPECT_EQ(kind_of_failure([&] { store.retract(fact, "", "u"); }), ErrorKind::kConflict);
  EXPECT_EQ(kind_of_failure([&] { store.edit(fact, "x", {}, {}, "u"); }), ErrorKind::kConflict);
  EXPECT_EQ(store.stats().events, 2U);
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(StoreTest, OneBadStatementOfManyStoresNothing) {
  Store store(options());
  const std::vector<Statement> statements = {stated("a", "r", "b"), stated("a", "r", "")};
  EXPECT_EQ(kind_of_failure([&] { store.add(statements); }), ErrorKind::kInvalidArgument);
  EXPECT_EQ(store.stats().facts, 0U);
}

TEST_F(StoreTest, HostileNamesAreJustNames) {
  Store store(options_with_vectors());
  const std::vector<std::string> names = {"Robert'); DROP TABLE facts;--",
                                          "\"*",
                                          "({MEM_READ(",
                                          "})",
                                          "-->",
                                          ">>",
                                          ";",
                                          "%",
                                          "_",
                                          "NEAR(a b)",
                                          "a AND OR NOT",
                                          "^col:x",
                                          "''",
                                          "\\",
                                          "日本",
                                          "\U0001F600",
                                          "{}",
                                          "null"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const FactId id = add(store, names[i], "r" + names[i], "value " + std::to_string(i));
    EXPECT_EQ(answers(store.query(asks_object(names[i], "r" + names[i]), {})), Answers{"value " + std::to_string(i)});
    EXPECT_EQ(store.get(id)->subject, names[i]);
    EXPECT_NO_THROW(store.search(names[i], {}));
  }
  EXPECT_EQ(store.stats().facts, names.size());
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(StoreTest, AnAliasFindsTheEntity) {
  Store store(options());
  const FactId fact = add(store, "Barack Obama", "born in", "Honolulu");
  store.add_alias("barack obama", "POTUS 44");
  EXPECT_EQ(store.entity_names("potus 44"), (std::vector<std::string>{"Barack Obama", "POTUS 44"}));
  EXPECT_TRUE(store.entity_names("nobody").empty());
  EXPECT_EQ(answers(store.query(asks_object("potus 44", "born in"), {})), Answers{"Honolulu"});
  EXPECT_EQ(add(store, stated("Potus 44", "born in", "Honolulu", "x")), fact);
  FactFilter filter;
  filter.entity = "POTUS 44";
  EXPECT_EQ(store.list(filter).size(), 1U);
  store.undo(std::nullopt, "user");  // the support
  store.undo(std::nullopt, "user");  // the alias
  EXPECT_FALSE(store.has_entity("POTUS 44"));
  EXPECT_EQ(store.query(asks_object("potus 44", "born in"), {}).outcome, QueryOutcome::kEmpty);
}

TEST_F(StoreTest, AnAliasThatHasFactsOfItsOwnJoinsThem) {
  Store store(options());
  add(store, "Barack Obama", "born in", "Honolulu");
  const FactId other = add(store, "Obama", "spouse", "Michelle");
  add(store, "Obama", "born in", "Honolulu");
  store.add_alias("Barack Obama", "Obama");
  EXPECT_EQ(answers(store.query(asks_object("Barack Obama", "spouse"), {})), Answers{"Michelle"});
  EXPECT_EQ(store.get(other)->subject, "Barack Obama");
  const QueryResult born = store.query(asks_object("obama", "born in"), {});
  EXPECT_EQ(born.outcome, QueryOutcome::kFound);
  EXPECT_EQ(born.matches.size(), 2U);  // two facts, one answer
  QueryOptions narrow;
  narrow.max_results = 1;
  EXPECT_EQ(store.query(asks_object("obama", "born in"), narrow).outcome, QueryOutcome::kFound);
  store.add_alias("Honolulu", "obama");  // silly, but possible: everything is one entity now
  EXPECT_TRUE(store.verify().clean());
  store.undo(std::nullopt, "user");
  store.undo(std::nullopt, "user");
  EXPECT_EQ(store.get(other)->subject, "Obama");
  EXPECT_EQ(store.query(asks_object("Barack Obama", "spouse"), {}).outcome, QueryOutcome::kEmpty);
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(StoreTest, AsOfAnswersWhatWasBelievedThen) {
  Store store(options());
  const auto believed = [&](const Timestamp& at) {
    QueryOptions query;
    query.as_of = at;
    return answers(store.query(asks_object("a", "r"), query));
  };
  const Timestamp before = clock_.now();
  const FactId fact = add(store, "a", "r", "b");
  const Timestamp added = clock_.now();
  store.retract(fact, "wrong", "user");
  const Timestamp retracted = clock_.now();
  store.undo(std::nullopt, "user");
  const Timestamp restored = clock_.now();
  store.edit(fact, {}, {}, "c", "user");
  const Timestamp edited = clock_.now();
  store.undo(std::nullopt, "user");
  const Timestamp back = clock_.now();
  EXPECT_EQ(believed(before), Answers{});
  EXPECT_EQ(believed(added), Answers{"b"});
  EXPECT_EQ(believed(retracted), Answers{});
  EXPECT_EQ(believed(restored), Answers{"b"});
  EXPECT_EQ(believed(edited), Answers{"c"});
  EXPECT_EQ(believed(back), Answers{"b"});
  FactFilter filter;
  filter.as_of = retracted;
  filter.state = FactFilter::State::kRetracted;
  ASSERT_EQ(store.list(filter).size(), 1U);
  EXPECT_EQ(store.list(filter)[0].id, fact);
}

TEST_F(StoreTest, TransactionTimeNeverGoesBack) {
  Store store(options());
  add(store, "a", "r", "b");
  StoreOptions late = options();
  late.clock = [] { return Timestamp("1999-01-01T00:00:00.000Z"); };
  Store slow(late);
  const FactId fact = add(slow, "a", "r", "c");
  EXPECT_GE(slow.get(fact)->recorded_at, "2026-01-01");
}

TEST_F(StoreTest, ANewVersionOfADocumentRetractsWhatOnlyTheOldOneSaid) {
  Store store(options());
  const std::vector<Statement> first = {stated("a", "r", "b", "model"), stated("a", "r", "c", "model"), stated("a", "r", "d", "model")};
  const auto old_facts = store.put_document({"doc", "h1", "w", ""}, first).facts;
  add(store, "a", "r", "c");  // the user says so too
  const std::vector<Statement> second = {stated("a", "r", "b", "model"), stated("a", "r", "e", "model")};
  const DocumentChange change = store.put_document({"doc", "h2", "w", ""}, second);
  EXPECT_EQ(change.facts[0], old_facts[0]);
  EXPECT_EQ(change.retracted, std::vector<FactId>{old_facts[2]});
  EXPECT_EQ(store.get(old_facts[2])->retraction_reason, "no longer in doc");
  EXPECT_EQ(store.get(old_facts[2])->sources.size(), 1U);  // why it was believed
  ASSERT_EQ(store.get(old_facts[1])->sources.size(), 1U);
  EXPECT_EQ(store.get(old_facts[1])->sources[0].author, "user");
  EXPECT_EQ(store.document("doc")->content_hash, "h2");
  FactFilter filter;
  filter.document = "doc";
  EXPECT_EQ(store.list(filter).size(), 2U);
  while (store.undo(std::nullopt, "user")) {
  }
  EXPECT_EQ(store.stats().facts, 0U);
  EXPECT_FALSE(store.document("doc"));
  EXPECT_TRUE(store.verify().clean());
}

TEST_F(StoreTest, NameSpacesDoNotSeeEachOther) {
  StoreOptions red = options(), blue = options();
  red.name_space = "red";
  blue.name_space = "blue";
  Store a(red), b(blue);
  const FactId fact = add(a, "x", "r", "y");
  EXPECT_FALSE(b.get(fact));
  EXPECT_FALSE(b.has_entity("x"));
  EXPECT_TRUE(b.list({}).empty());
  EXPECT_TRUE(b.history(std::nullopt, 10).empty());
  EXPECT_FALSE(b.undo(std::nullopt, "u"));
  EXPECT_EQ(kind_of_failure([&] { b.retract(fact, "", "u"); }), ErrorKind::kNotFound);
  EXPECT_EQ(a.stats().name_spaces, (Answers{"blue", "red"}));
  EXPECT_EQ(kind_of_failure([&] {
              QueryOptions query;
              query.name_space = "blue";
              a.query(asks_object("x", "r"), query);
            }),
            ErrorKind::kInvalidArgument);
}

TEST_F(StoreTest, TwoStoresOnOneFolderSeeEachOther) {
  Store a(options_with_vectors()), b(options_with_vectors());
  for (int i = 0; i < 50; ++i) {
    Store& writer = i % 2 == 0 ? a : b;
    Store& reader = i % 2 == 0 ? b : a;
    const std::string name = "entity number " + std::to_string(i * 7919);
    const FactId fact = add(writer, name, "has colour", "green");
    EXPECT_TRUE(reader.get(fact)) << i;
    const QueryResult near = reader.query(asks_object(name + "s", "has colour"), {});  // only its vector is near
    ASSERT_FALSE(near.matches.empty()) << i;
    EXPECT_FALSE(near.exact);
    EXPECT_EQ(near.matches[0].fact.id, fact);
    writer.retract(fact, "", "u");
  }
  EXPECT_TRUE(a.verify().clean());
}

TEST_F(StoreTest, ManyWritersTakeTurns) {
  constexpr int kWriters = 4, kFacts = 40;
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([this, writer, &failures] {
      try {
        StoreOptions options;
        options.folder = folder_.path();
        options.embedding = triple_embedding();
        Store store(options);
        for (int i = 0; i < kFacts; ++i) {
          add(store, "writer " + std::to_string(writer), "wrote", "fact " + std::to_string(i));
          if (i % 10 == 0) store.query(asks_object("writers " + std::to_string(writer), "wrote"), {});
        }
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
        ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(failures, 0);
  Store store(options_with_vectors());
  EXPECT_EQ(store.stats().facts, static_cast<std::size_t>(kWriters * kFacts));
  EXPECT_EQ(store.verify().problems, Answers());
}

TEST_F(StoreTest, FilesThatAreNoMemoryAreRefused) {
  std::filesystem::create_directories(folder_.path());
  std::ofstream(folder_.path() / "memory.sqlite") << std::string(5'000, 'x');
  EXPECT_EQ(kind_of_failure([&] { Store store(options()); }), ErrorKind::kCorrupt);
  std::filesystem::remove(folder_.path() / "memory.sqlite");
  { sqlite::Database(folder_.path() / "memory.sqlite").execute("CREATE TABLE t(x)"); }
  EXPECT_EQ(kind_of_failure([&] { Store store(options()); }), ErrorKind::kCorrupt);
  std::filesystem::remove(folder_.path() / "memory.sqlite");
  { Store store(options()); }
  { sqlite::Database(folder_.path() / "memory.sqlite").execute("PRAGMA user_version = 3"); }
  EXPECT_EQ(kind_of_failure([&] { Store store(options()); }), ErrorKind::kUnsupported);
  StoreOptions file = options();
  file.folder = folder_.path() / "memory.sqlite";
  EXPECT_EQ(kind_of_failure([&] { Store store(file); }), ErrorKind::kIo);
}

TEST_F(StoreTest, VerifyFindsWhatIsBroken) {
  {
    Store store(options_with_vectors());
    add(store, "a", "r", "b");
    add(store, "a", "r", "c");
    store.query(asks_object("aa", "r"), {});
    ASSERT_TRUE(store.verify().clean());
  }
  const auto breaks = [&](const std::string& sql) {
    TestFolder copy;
    std::filesystem::copy(folder_.path(), copy.path(), std::filesystem::copy_options::recursive);
    sqlite::Database(copy.path() / "memory.sqlite").execute("PRAGMA foreign_keys = OFF; " + sql);
    StoreOptions broken = options_with_vectors();
    broken.folder = copy.path();
    EXPECT_FALSE(Store(broken).verify().clean()) << sql;
  };
  breaks("DELETE FROM entities WHERE name = 'b'");
  breaks("UPDATE facts SET successor = 99");
  breaks("UPDATE facts SET object = (SELECT min(object) FROM facts)");
  breaks("UPDATE vectors SET vector = x'00' WHERE kind = 0");
  breaks("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE kind = 1");
  breaks("DELETE FROM vectors WHERE kind = 0");
  breaks("UPDATE entity_names SET key = 'other' WHERE name = 'b'");
  breaks("DELETE FROM event_refs");
  breaks("INSERT INTO name_words(name_words) VALUES('delete-all')");
}

}  // namespace
}  // namespace memllm
