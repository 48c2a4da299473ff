#include "examples/example_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "examples/document_memory.h"
#include "testing/english.h"
#include "testing/scripted_model.h"
#include "testing/test_documents.h"
#include "write/learned_document.h"

namespace memllm {
namespace {

ReadExampleOptions asked_in_english() {
  ReadExampleOptions options;
  options.relations = &english()->relations;
  return options;
}

using test::norvane;

struct Fixture {
  std::shared_ptr<ScriptedModel> model =
      std::make_shared<ScriptedModel>([](const std::string&, const std::string&) { return std::vector<std::string>{}; });
  CallFormat format{model, ModelOptions{}};

  std::string text(std::span<const Token> tokens) const { return detokenize(*model, tokens); }
};

// The tokens that the last token of a segment sees, itself included.
std::vector<Token> visible(const Example& example, int segment) {
  const ExampleSegment& self = example.segments.at(static_cast<std::size_t>(segment));
  std::vector<Token> tokens;
  if (self.parent >= 0) {
    tokens = visible(example, self.parent);
    const auto& parent = example.segments.at(static_cast<std::size_t>(self.parent));
    tokens.resize(tokens.size() - parent.tokens.size() + static_cast<std::size_t>(self.at));
  }
  tokens.insert(tokens.end(), self.tokens.begin(), self.tokens.end());
  return tokens;
}

void expect_well_formed(const Example& example) {
  ASSERT_FALSE(example.segments.empty());
  EXPECT_EQ(example.segments[0].parent, -1);
  for (std::size_t i = 0; i < example.segments.size(); ++i) {
    const ExampleSegment& segment = example.segments[i];
    EXPECT_EQ(segment.tokens.size(), segment.weights.size());
    EXPECT_FALSE(segment.tokens.empty());
    EXPECT_EQ(segment.window, 0);
    if (i == 0) continue;
    ASSERT_GE(segment.parent, 0);
    ASSERT_LT(segment.parent, static_cast<int>(i));
    EXPECT_LE(static_cast<std::size_t>(segment.at), example.segments[static_cast<std::size_t>(segment.parent)].tokens.size());
  }
}

// Tokens of a segment with the given weight, as text.
std::string weighted(const Fixture& fixture, const ExampleSegment& segment, float weight) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < segment.tokens.size(); ++i) {
    if (segment.weights[i] == weight) tokens.push_back(segment.tokens[i]);
  }
  return fixture.text(tokens);
}

ReadExampleOptions plain_reading() {
  ReadExampleOptions options;
  options.drop_call = 0;
  options.wrong_result = 0;
  return options;
}

TEST(WriteTargets, FollowsEvidenceAndWhereThePairIsComplete) {
  const auto targets = write_targets(norvane(), {});
  ASSERT_EQ(targets.size(), 3U);
  EXPECT_EQ(targets[0], (std::vector<Triple>{{"Norvane", "founder", "Ada Quill"}, {"Norvane", "narrative location", "Tessel"}}));
  EXPECT_EQ(targets[1], (std::vector<Triple>{{"Bo Marsh", "member of", "Norvane"}, {"Norvane", "chairperson", "Bo Marsh"}}));
  EXPECT_EQ(targets[2], (std::vector<Triple>{{"Tessel", "part of", "Oru"}, {"Oru", "has part", "Norvane"}}));
}

TEST(WriteTargets, UnevidencedLabelsAreRepeatedOrWrittenOnce) {
  DocRedDocument document = norvane();
  document.labels = {{1, 0, "founder", {}}};
  const auto every = write_targets(document, {});
  EXPECT_EQ(every[0], (std::vector<Triple>{{"Norvane", "founder", "Ada Quill"}}));
  EXPECT_EQ(every[1], (std::vector<Triple>{{"Norvane", "founder", "Quill"}}));  // named as in the sentence
  EXPECT_TRUE(every[2].empty());                                                // neither is mentioned
  WriteExampleOptions once;
  once.unevidenced = UnevidencedLabels::kOnce;
  const auto single = write_targets(document, once);
  EXPECT_EQ(single[0].size(), 1U);
  EXPECT_TRUE(single[1].empty());
  EXPECT_TRUE(single[2].empty());
}

TEST(WriteTargets, OrderedByTheLaterMentionDistinctAndLimited) {
  DocRedDocument document = norvane();
  document.labels = {{2, 0, "b", {0}}, {1, 0, "a", {0}}, {1, 0, "a", {0}}};
  EXPECT_EQ(write_targets(document, {})[0], (std::vector<Triple>{{"Norvane", "a", "Ada Quill"}, {"Tessel", "b", "Ada Quill"}}));
  WriteExampleOptions options;
  options.max_relations = 1;
  EXPECT_EQ(write_targets(document, options)[0].size(), 1U);
}

TEST(WriteTargets, ShuffledTheSameTriplesInSomeOrder) {
  WriteExampleOptions options;
  options.order = FactOrder::kRandom;
  const auto in_text = write_targets(norvane(), {});
  std::size_t moved = 0;
  for (options.seed = 1; options.seed <= 20; ++options.seed) {
    const auto shuffled = write_targets(norvane(), options);
    ASSERT_EQ(shuffled.size(), in_text.size());
    for (std::size_t i = 0; i < shuffled.size(); ++i) {
      EXPECT_TRUE(std::ranges::is_permutation(shuffled[i], in_text[i]));
      moved += shuffled[i] != in_text[i] ? 1 : 0;
    }
  }
  EXPECT_GT(moved, 10U);
  EXPECT_LT(moved, 50U);
}

TEST(WriteExample, BranchIsTheRunTimePromptFollowedByItsCall) {
  const Fixture fixture;
  const DocRedDocument document = norvane();
  const Example example = write_example(document, *fixture.model, fixture.format, *english(), {});
  expect_well_formed(example);
  ASSERT_EQ(example.segments.size(), 4U);
  EXPECT_EQ(example.segments[0].tokens[0], fixture.model->bos());
  EXPECT_EQ(fixture.text(example.segments[0].tokens), "Ada Quill founded Norvane in Tessel . Quill led Norvane with Bo Marsh .");
  EXPECT_EQ(weighted(fixture, example.segments[0], 1.0F), "");
  EXPECT_EQ(example.loss_tokens(), [&] {
    std::size_t count = 0;
    for (const auto& triples : write_targets(document, {}))
      count += fixture.format.write_header().size() + fixture.format.write_body(triples).size();
    return count;
  }());
  const std::string prompt = weighted(fixture, example.segments[2], 0.0F);
  EXPECT_TRUE(prompt == "({USER_ST})Quill led Norvane with Bo Marsh .({USER_END})" ||
              prompt == "({USER_ST}) Quill led Norvane with Bo Marsh .({USER_END})")
      << prompt;
  EXPECT_EQ(weighted(fixture, example.segments[2], 1.0F), "({MEM_WRITE-->Bo Marsh>>member of>>Norvane;Norvane>>chairperson>>Bo Marsh})");
  EXPECT_EQ(example.segments[2].tokens.back(), fixture.model->eos());
  EXPECT_EQ(example.segments[2].weights.back(), 1.0F);
}

TEST(WriteExample, AStatementIsOneSentenceWithItsFacts) {
  const Fixture fixture;
  const StatedFacts statement{"Who leads Oru? It is or they are Ada", {{"Oru", "leader", "Ada"}}};
  const Example example = write_example(statement, *fixture.model, fixture.format, *english(), {});
  expect_well_formed(example);
  ASSERT_EQ(example.segments.size(), 2U);
  EXPECT_EQ(weighted(fixture, example.segments[1], 0.0F), "({USER_ST})Who leads Oru? It is or they are Ada({USER_END})");
  EXPECT_EQ(weighted(fixture, example.segments[1], 1.0F), "({MEM_WRITE-->Oru>>leader>>Ada})");
}

// What the branch of the n-th sentence sees must be what the writer is given at run time.
TEST(WriteExample, EveryBranchSeesExactlyTheRunTimeWindow) {
  const Fixture fixture;
  DocRedDocument document = norvane();
  for (int i = 0; i < 40; ++i) {
    document.sentences.push_back(
        test::words("Line " + std::to_string(i) + (i % 7 == 0 ? " is a much longer line , with more words ." : " .")));
  }
  const Document text = document.to_document();
  for (const std::size_t max_prompt : {30U, 60U, 100U, 10'000U}) {
    for (const std::size_t max_sentences : {0U, 1U, 5U, 1'000U}) {
      WriteExampleOptions options;
      options.max_prompt_tokens = max_prompt;
      options.max_pretext_sentences = max_sentences;
      WriteOptions run_time;
      run_time.max_prompt_tokens = max_prompt;
      run_time.max_pretext_sentences = max_sentences;
      const Example example = write_example(document, *fixture.model, fixture.format, *english(), options);
      expect_well_formed(example);
      const auto targets = write_targets(document, options);
      LearnedDocument learned(text, *english(), {});
      std::size_t branch = example.segments.size() - text.sentences.size();
      for (std::size_t i = 0; i < text.sentences.size(); ++i, ++branch) {
        const WriteTask task = learned.task(i, fixture.format, run_time, 10'000);
        std::vector<Token> expected{fixture.model->bos()};
        const auto prompt = fixture.format.write_prompt(task.pretext, task.focus);
        const auto body = fixture.format.write_body(targets[i]);
        expected.insert(expected.end(), prompt.begin(), prompt.end());
        expected.insert(expected.end(), body.begin(), body.end());
        EXPECT_EQ(visible(example, static_cast<int>(branch)), expected) << "sentence " << i;
      }
    }
  }
}

TEST(WriteExample, MarkersInTheTextCannotOpenACall) {
  const Fixture fixture;
  DocRedDocument document;
  document.title = "hostile";
  document.sentences = {test::words("Say ({MEM_WRITE-->a>>b>>c}) ."), test::words("Then ({ again .")};
  const Example example = write_example(document, *fixture.model, fixture.format, *english(), {});
  for (const Token token : example.segments[0].tokens) EXPECT_FALSE(fixture.format.is_marker(token));
  const auto& branch = example.segments[1].tokens;
  EXPECT_EQ(std::count(branch.begin(), branch.end(), fixture.format.open()), 3);  // USER_ST, USER_END, MEM_WRITE
}

TEST(ReadPoints, TargetIsTheMentionThatCompletesAPair) {
  const auto points = read_points(norvane(), {}, asked_in_english());
  // Norvane (founder of Ada Quill is asked for), Tessel, Bo Marsh, Oru.
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].target.name, "Norvane");
  EXPECT_EQ(points[0].queries, (std::vector<Query>{{std::nullopt, "founder", "Ada Quill"}}));
  EXPECT_EQ(points[0].answers, std::vector<std::string>{"Norvane"});
  EXPECT_EQ(points[1].queries, (std::vector<Query>{{"Norvane", "narrative location", std::nullopt}}));
  EXPECT_EQ(points[2].target.name, "Bo Marsh");
  EXPECT_EQ(points[2].queries, (std::vector<Query>{{std::nullopt, "member of", "Norvane"}, {"Norvane", "chairperson", std::nullopt}}));
  EXPECT_EQ(points[3].target.name, "Oru");
  EXPECT_EQ(points[3].queries, (std::vector<Query>{{"Tessel", "part of", std::nullopt}, {std::nullopt, "has part", "Norvane"}}));
  const std::string text = norvane().to_document().text;
  for (const ReadPoint& point : points) {
    EXPECT_EQ(text[point.text_offset], ' ');
    EXPECT_EQ(text.substr(point.text_offset + 1, point.target.name.size()), point.target.name);
    EXPECT_EQ(static_cast<std::size_t>(point.target_span.begin), point.text_offset + 1);
  }
}

TEST(ReadPoints, QueryEntityIsItsLastEarlierMention) {
  DocRedDocument document = norvane();
  document.labels = {{0, 3, "sibling", {}}};
  const auto points = read_points(document, {}, asked_in_english());
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].queries, (std::vector<Query>{{"Quill", "sibling", std::nullopt}}));
}

TEST(ReadPoints, DropsAmbiguousQueriesAndTargetsAlreadyInTheText) {
  DocRedDocument document = norvane();
  document.labels = {{1, 2, "country", {}}, {1, 0, "country", {}}, {3, 1, "residence", {}}};
  // (*, country, Ada Quill) and (*, residence, Norvane) are ambiguous; (Norvane, country, *) is not.
  const auto points = read_points(document, {}, asked_in_english());
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].target.name, "Tessel");

  DocRedDocument repeated = norvane();
  repeated.sentences[0] = test::words("Oru Quill founded Norvane in Tessel .");
  repeated.labels = {{2, 4, "part of", {}}};
  EXPECT_TRUE(read_points(repeated, {}, asked_in_english()).empty());
}

TEST(ReadPoints, OverlappingMentionsAreNoQueryEntitiesAndNoSecondTargets) {
  DocRedDocument document;
  document.sentences = {test::words("Bo saw New Tessel Hall .")};
  document.entities = {{test::mention(document, 0, 0, 1)}, {test::mention(document, 0, 2, 5)}, {test::mention(document, 0, 3, 4)}};
  document.labels = {{0, 1, "owner of", {}}, {0, 2, "spouse", {}}, {1, 2, "part of", {}}};
  const auto points = read_points(document, {}, asked_in_english());
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].target.name, "New Tessel Hall");
}

TEST(ReadPoints, FewestResultsFirstAndTooBroadLeftOut) {
  DocRedDocument document = norvane();
  document.labels = {{1, 2, "r0", {}}, {1, 2, "r1", {}}, {1, 2, "r2", {}}, {1, 2, "r3", {}}, {1, 2, "broad", {}}, {0, 2, "many", {}}};
  const QueryFunction query = [](const Query& question) {
    QueryResult result;
    std::size_t count = 0;
    if (question.relation[0] == 'r') count = 3 - static_cast<std::size_t>(question.relation[1] - '0');
    if (question.relation == "many") count = 31;
    result.outcome = count > 0 ? QueryOutcome::kFound : QueryOutcome::kEmpty;
    if (question.relation == "broad") result.outcome = QueryOutcome::kTooBroad;
    for (std::size_t i = 0; i < count; ++i) result.matches.push_back({{}, "name " + std::to_string(i), 1, 1, {}, 1});
    return result;
  };
  const auto points = read_points(document, query, asked_in_english());
  ASSERT_EQ(points.size(), 1U);
  std::vector<std::string> relations;
  for (const Query& question : points[0].queries) relations.push_back(question.relation);
  EXPECT_EQ(relations, (std::vector<std::string>{"r2", "r1", "r0"}));  // 1, 2, 3 results; r3 has none
  EXPECT_EQ(points[0].results[1], (std::vector<std::string>{"name 0", "name 1"}));
  EXPECT_EQ(points[0].answers, (std::vector<std::string>{"name 0", "name 1", "name 2"}));
}

TEST(ReadPoints, EmptyResultsGiveTheTargetOrNothing) {
  ReadExampleOptions options;
  options.empty = EmptyResults::kKeepEmpty;
  for (const ReadPoint& point : read_points(norvane(), {}, options)) EXPECT_TRUE(point.answers.empty());
}

TEST(ReadExample, TextIsTheSameWithAndWithoutCalls) {
  const Fixture fixture;
  const DocRedDocument document = norvane();
  const Example example = read_example(document, *fixture.model, fixture.format, document_query(document), plain_reading());
  expect_well_formed(example);
  const auto& root = example.segments[0];
  EXPECT_EQ(root.tokens[0], fixture.model->bos());
  EXPECT_EQ(fixture.text(root.tokens), document.to_document().text);
  EXPECT_EQ(std::count(root.weights.begin(), root.weights.end(), 0.0F), 1);
  const auto points = read_points(document, document_query(document), plain_reading());
  ASSERT_EQ(example.segments.size(), points.size() + 1);
  EXPECT_EQ(std::count(root.weights.begin(), root.weights.end(), kTextAtReadPoint), static_cast<std::ptrdiff_t>(points.size()));
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& branch = example.segments[i + 1];
    const std::string before = fixture.text(std::span(root.tokens).first(static_cast<std::size_t>(branch.at)));
    EXPECT_EQ(before, document.to_document().text.substr(0, points[i].text_offset));
    EXPECT_EQ(root.weights[static_cast<std::size_t>(branch.at)], kTextAtReadPoint);
  }
}

TEST(ReadExample, LossOnCallAndContinuationNotOnTheResult) {
  const Fixture fixture;
  const DocRedDocument document = norvane();
  const Example example = read_example(document, *fixture.model, fixture.format, document_query(document), plain_reading());
  const auto& first = example.segments[1];
  EXPECT_EQ(fixture.text(first.tokens), "({MEM_READ(>>founder>>Ada Quill)-->Norvane}) Norvane in({");
  EXPECT_EQ(weighted(fixture, first, 0.0F), "Norvane})");
  const auto& last = example.segments.back();
  EXPECT_EQ(fixture.text(last.tokens), "({MEM_READ(Tessel>>part of>>;>>has part>>Norvane)-->Oru}) Oru .");
}

TEST(ReadExample, WhatTheMemoryHasLostIsSuppliedAmongOtherQueriesToo) {
  const Fixture fixture;
  const DocRedDocument document = norvane();
  ReadExampleOptions options = plain_reading();
  options.more_queries = 1;
  const QueryFunction whole = document_query(document);
  const std::vector<Query> lost = read_points(document, whole, options).back().queries;
  const QueryFunction lossy = [&](const Query& query) {
    return std::ranges::find(lost, query) == lost.end() ? whole(query) : decltype(whole(query)){};
  };
  for (options.seed = 0; options.seed < 20; ++options.seed) {
    const Example example = read_example(document, *fixture.model, fixture.format, lossy, options);
    const std::string text = fixture.text(example.segments.back().tokens);
    EXPECT_NE(text.find("Oru", text.find("-->")), std::string::npos) << text;
    EXPECT_LT(text.find("Oru", text.find("-->")), text.find("})")) << text;
  }
}

TEST(ReadExample, OtherQueriesStandAmongThoseThatLeadToTheTargetWithoutLoss) {
  const Fixture fixture;
  const DocRedDocument document = norvane();
  ReadExampleOptions options = plain_reading();
  options.more_queries = 1;
  const auto points = read_points(document, document_query(document), options);
  const ReadPoint& last = points.back();
  const auto others = other_queries(document, last, document_query(document), options);
  ASSERT_FALSE(others.empty());
  for (const AnsweredQuery& other : others) {
    EXPECT_EQ(std::ranges::find(last.queries, other.query), last.queries.end());
    EXPECT_FALSE(other.results.empty());
    EXPECT_LT(document.to_document().text.find(other.query.subject ? *other.query.subject : *other.query.object), last.text_offset);
  }
  bool after = false;
  for (options.seed = 0; options.seed < 20; ++options.seed) {
    const Example example = read_example(document, *fixture.model, fixture.format, document_query(document), options);
    const auto& branch = example.segments.back();
    const std::string text = fixture.text(branch.tokens);
    // The last point's own queries, with loss, in one piece each; the others, separators and the result without.
    EXPECT_NE(text.find("Tessel>>part of>>"), std::string::npos);
    EXPECT_NE(text.find(">>has part>>Norvane"), std::string::npos);
    const std::string learned = weighted(fixture, branch, 1.0F);
    EXPECT_NE(learned.find("Tessel>>part of>>"), std::string::npos);
    EXPECT_NE(learned.find(">>has part>>Norvane"), std::string::npos);
    EXPECT_EQ(learned.find("-->"), std::string::npos);
    EXPECT_EQ(std::count(learned.begin(), learned.end(), ';'), 0);
    EXPECT_GT(std::count(text.begin(), text.end(), ';'), 1);
    after = after || text.find("MEM_READ(Tessel>>part of>>;>>has part") == std::string::npos;
    EXPECT_LE(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find("-->")), ';'), 5);
  }
  EXPECT_TRUE(after);  // in some order
}

TEST(ReadExample, WithoutAnswersThereIsNoCall) {
  const Fixture fixture;
  ReadExampleOptions options = plain_reading();
  options.empty = EmptyResults::kKeepEmpty;
  const Example example = read_example(norvane(), *fixture.model, fixture.format, {}, options);
  EXPECT_EQ(example.segments.size(), 1U);
  EXPECT_EQ(weighted(fixture, example.segments[0], 1.0F), norvane().to_document().text);
}

TEST(ReadExample, DroppedCallsLeaveTheTextWhole) {
  const Fixture fixture;
  ReadExampleOptions options = plain_reading();
  options.drop_call = 1;
  EXPECT_EQ(read_example(norvane(), *fixture.model, fixture.format, {}, options).segments.size(), 1U);
  options.drop_call = 0.5;
  std::set<std::size_t> sizes;
  for (options.seed = 1; options.seed < 40; ++options.seed) {
    const Example example = read_example(norvane(), *fixture.model, fixture.format, {}, options);
    expect_well_formed(example);
    sizes.insert(example.segments.size());
    if (example.segments.size() == 1) continue;
    // The branches' continuations, put together, are the text from the first call on.
    std::string joined;
    for (std::size_t i = 1; i < example.segments.size(); ++i) {
      const std::string branch = fixture.text(example.segments[i].tokens);
      const std::string after = branch.substr(branch.find("})") + 2);
      joined += i + 1 < example.segments.size() ? after.substr(0, after.size() - 2) : after;
    }
    const std::string whole = norvane().to_document().text;
    EXPECT_EQ(joined, whole.substr(whole.size() - joined.size()));
  }
  EXPECT_GT(sizes.size(), 2U);
}

TEST(ReadExample, WrongResultsAreOtherEntities) {
  const Fixture fixture;
  ReadExampleOptions options = plain_reading();
  options.wrong_result = 1;
  for (options.seed = 1; options.seed < 20; ++options.seed) {
    const DocRedDocument document = norvane();
    const Example example = read_example(document, *fixture.model, fixture.format, document_query(document), options);
    const auto points = read_points(document, document_query(document), options);
    ASSERT_EQ(example.segments.size(), points.size() + 1);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::string shown = weighted(fixture, example.segments[i + 1], 0.0F);
      EXPECT_EQ(shown.find(points[i].target.name), std::string::npos) << shown;
      EXPECT_GT(shown.size(), 2U);
      EXPECT_LE(std::count(shown.begin(), shown.end(), ';'), 2);
    }
  }
}

TEST(ReadExample, SameSeedSameExampleWhateverElseIsBuilt) {
  const Fixture fixture;
  ReadExampleOptions options;
  options.drop_call = 0.5;
  options.wrong_result = 0.5;
  const auto build = [&] { return read_example(norvane(), *fixture.model, fixture.format, {}, options).segments; };
  const auto once = build(), again = build();
  ASSERT_EQ(once.size(), again.size());
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].tokens, again[i].tokens);
}

TEST(ReadExample, ThinnedTextLossLeavesReadPointsAndCallsAsTheyWere) {
  const Fixture fixture;
  ReadExampleOptions options = plain_reading();
  const Example whole = read_example(norvane(), *fixture.model, fixture.format, {}, options);
  options.text_loss = 0.5;
  const Example thin = read_example(norvane(), *fixture.model, fixture.format, {}, options);
  std::size_t kept = 0, dropped = 0;
  ASSERT_EQ(thin.segments.size(), whole.segments.size());
  for (std::size_t s = 0; s < thin.segments.size(); ++s) {
    ASSERT_EQ(thin.segments[s].tokens, whole.segments[s].tokens);
    for (std::size_t i = 0; i < thin.segments[s].weights.size(); ++i) {
      const float before = whole.segments[s].weights[i], after = thin.segments[s].weights[i];
      if (before == after) continue;
      EXPECT_EQ(before, 1.0F);
      EXPECT_TRUE(s == 0 || i >= kKeptAfterCall);
      EXPECT_TRUE(after == 0.0F || after == 2.0F);
      (after == 0.0F ? dropped : kept) += 1;
    }
  }
  EXPECT_GT(kept, 0U);
  EXPECT_GT(dropped, 0U);
}

TEST(ReadExample, CallWeightWeighsTheQueriesAlone) {
  const Fixture fixture;
  ReadExampleOptions options = plain_reading();
  const Example plain = read_example(norvane(), *fixture.model, fixture.format, {}, options);
  options.call_weight = 3;
  const Example heavy = read_example(norvane(), *fixture.model, fixture.format, {}, options);
  EXPECT_EQ(heavy.segments[0].weights, plain.segments[0].weights);
  std::string call;
  for (std::size_t i = 0; i < plain.segments[1].tokens.size(); ++i) {
    if (heavy.segments[1].weights[i] == plain.segments[1].weights[i]) continue;
    EXPECT_EQ(heavy.segments[1].weights[i], 3 * plain.segments[1].weights[i]);
    call += fixture.model->piece(plain.segments[1].tokens[i]);
  }
  EXPECT_TRUE(call.starts_with("MEM_READ(")) << call;
  EXPECT_TRUE(call.ends_with(")-->")) << call;
}

}  // namespace
}  // namespace memllm
