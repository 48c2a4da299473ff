// The Writer against a slow reference that encodes everything again at every step.
#include <gtest/gtest.h>

#include <cmath>

#include "testing/slow_writer.h"
#include "testing/test_models.h"
#include "testing/write_script.h"

namespace memllm {
namespace {

TEST(WriterReference, SameFactsForScriptedModels) {
  int roll_backs = 0;
  std::size_t facts = 0;
  std::size_t compared = 0;
  for (unsigned seed = 0; seed < 80; ++seed) {
    const WriterFixture fixture(random_model(seed % 2 == 0 ? wide_alphabet() : narrow_alphabet(), seed));
    WriteOptions options;
    options.end_at_strange_names = seed % 4 < 2;
    options.late_stopping = static_cast<int>(seed % 6);
    options.more_facts = static_cast<int>(seed % 4);
    options.close_probability = seed % 5 < 2 ? 0.5 : 1;
    options.max_call_tokens = seed % 3 == 0 ? 25 : 120;
    const auto tasks = fixture.documents(2, 3);
    options.open_relations = seed % 7 < 3;
    const std::vector<std::string> relations = {"a", "a d E", "a d 7", "b", "c E d a"};
    // Other sequences leave no room for guesses.
    const auto results = fixture.write(tasks, options, seed % 8 < 5 ? 1 : 6, relations);
    SlowWriter slow(*fixture.model, *fixture.format, options, {},
                    options.open_relations ? std::vector<std::string>{} : known_relations(relations));
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const SlowWriter::Result expected = slow.write(tasks[i]);
      if (expected.smallest_margin < 1e-6) continue;  // scripted scores are often equal but for rounding
      ++compared;
      std::vector<Triple> triples;
      for (const WrittenTriple& written : results[i].triples) triples.push_back(written.triple);
      EXPECT_EQ(triples, expected.triples) << "seed " << seed << " task " << i;
      EXPECT_NEAR(results[i].stop_score, expected.stop_score, 1e-4) << "seed " << seed << " task " << i;
      roll_backs += expected.roll_backs;
      facts += triples.size();
    }
  }
  EXPECT_GT(roll_backs, 0);
  EXPECT_GT(facts, 100U);
  EXPECT_GT(compared, 150U);
}

// With a real model: batches, kept prefixes and roll-backs change nothing but rounding.
TEST(WriterReference, SameFactsForTheRealModel) {
  const auto model = model_of_environment();
  if (!model) GTEST_SKIP() << "MEMLLM_MODEL is not set";
  const WriterFixture fixture(model);
  // A model that was not finetuned writes calls after an example.
  std::vector<Token> pretext =
      fixture.format->write_prompt({}, fixture.format->text_tokens("Goethe was born in Frankfurt and died in Weimar."));
  const std::vector<Triple> example = {{"Goethe", "place of birth", "Frankfurt"}, {"Goethe", "place of death", "Weimar"}};
  for (const Token token : fixture.format->write_body(example)) {
    if (token != model->eos()) pretext.push_back(token);
  }
  std::vector<WriteTask> tasks;
  for (const std::string focus : {"Marie Curie was born in Warsaw.", " She married Pierre Curie.", " Rain fell."}) {
    tasks.push_back({pretext, fixture.format->text_tokens(focus)});
    pretext.insert(pretext.end(), tasks.back().focus.begin(), tasks.back().focus.end());
  }
  const WriteOptions options{.late_stopping = 1, .max_call_tokens = 24};
  const auto results = fixture.write(tasks, options, 2);
  SlowWriter slow(*model, *fixture.format, options, {}, known_relations({}));
  std::size_t facts = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const SlowWriter::Result expected = slow.write(tasks[i]);
    std::vector<Triple> triples;
    for (const WrittenTriple& written : results[i].triples) triples.push_back(written.triple);
    const bool equal = triples == expected.triples && std::abs(results[i].stop_score - expected.stop_score) < 0.05;
    EXPECT_TRUE(equal || expected.smallest_margin < 0.05) << "task " << i << ", margin " << expected.smallest_margin;
    facts += equal ? triples.size() : 0;
    RecordProperty("margin_" + std::to_string(i), std::to_string(expected.smallest_margin));
  }
  EXPECT_GT(facts, 0U);
}

}  // namespace
}  // namespace memllm
