#include "write/writer.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>

#include "memllm/error.h"
#include "testing/forwarding_model.h"
#include "testing/write_script.h"

namespace memllm {
namespace {

void expect_equal(const WriteResult& a, const WriteResult& b) {
  ASSERT_EQ(a.triples.size(), b.triples.size());
  for (std::size_t i = 0; i < a.triples.size(); ++i) {
    EXPECT_EQ(a.triples[i].triple, b.triples[i].triple);
    EXPECT_NEAR(a.triples[i].mean_log_probability, b.triples[i].mean_log_probability, 1e-6);
  }
  EXPECT_EQ(a.malformed_items, b.malformed_items);
  EXPECT_EQ(a.well_formed, b.well_formed);
  EXPECT_NEAR(a.stop_score, b.stop_score, 1e-6);
}

TEST(Writer, WritesTheFactsOfASentenceOrNone) {
  const WriterFixture fixture(scripted_calls({{"Paris.", steps("Paris >> capital _of >> France ; Lyon >> country >> France })")}}));
  const auto results = fixture.write({fixture.task("Before.", "Paris."), fixture.task("Before.", "Nothing.")});
  ASSERT_EQ(results[0].triples.size(), 2U);
  EXPECT_EQ(results[0].triples[0].triple, (Triple{"Paris", "capital of", "France"}));
  EXPECT_EQ(results[0].triples[1].triple, (Triple{"Lyon", "country", "France"}));
  EXPECT_LT(results[0].triples[0].mean_log_probability, 0);
  EXPECT_TRUE(results[0].well_formed);
  EXPECT_TRUE(results[1].triples.empty());
  EXPECT_TRUE(results[1].well_formed);
}

TEST(Writer, GoesPastAnEarlyStopAndCutsAtTheBest) {
  std::string words = "one";
  std::string name = "one";
  for (int i = 0; i < 25; ++i) {
    words += " _w";
    name += " w";
  }
  // The model is sure of every token but those after the first item: so the longer call has the better mean.
  auto call = steps("a >> r >> b ; c >> r >> " + words + " })");
  call[5] = {"})", ";"};
  auto short_call = steps("a >> r >> b ; c >> r >> d })");
  short_call[5] = {"})", ";"};
  const WriterFixture fixture(scripted_calls({{"long", call}, {"short", short_call}}));
  const std::vector<Triple> first = {{"a", "r", "b"}};
  const std::vector<Triple> both = {{"a", "r", "b"}, {"c", "r", name}};
  EXPECT_EQ(fixture.triples("long", any_names({.late_stopping = 0})), first);
  EXPECT_EQ(fixture.triples("long", any_names({.late_stopping = 5})), both);
  EXPECT_EQ(fixture.triples("short", any_names({.late_stopping = 5})), first);
}

TEST(Writer, GoesOnWhereTheModelWouldStopSoManyTimes) {
  auto call = steps("a >> r >> b ; c >> r >> d ; e >> r >> f })");
  call[5] = call[11] = {"})", ";"};
  const WriterFixture fixture(scripted_calls({{"F", call}}));
  const std::vector<Triple> all = {{"a", "r", "b"}, {"c", "r", "d"}, {"e", "r", "f"}};
  for (std::size_t more = 0; more < 3; ++more) {
    WriteOptions options = any_names();
    options.more_facts = static_cast<int>(more);
    EXPECT_EQ(fixture.triples("F", options), std::vector<Triple>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(more) + 1));
    options.close_probability = 1e-3;  // the scripted model is surer than that
    EXPECT_EQ(fixture.triples("F", options).size(), 1U);
  }
}

TEST(Writer, ARepeatedFactIsWrittenOnceAndAnotherObjectTriedOnce) {
  auto call = steps("a >> r >> b ; A >> R >> b ; c >> r >> d })");
  call[10] = {"b", "e"};
  const WriterFixture fixture(scripted_calls({{"F", call}}));
  EXPECT_EQ(fixture.triples("F", any_names({.late_stopping = 0})),
            (std::vector<Triple>{{"a", "r", "b"}, {"A", "R", "e"}, {"c", "r", "d"}}));
  call[10] = {"b", "B"};
  const WriterFixture stubborn(scripted_calls({{"F", call}}));
  EXPECT_EQ(stubborn.triples("F", any_names({.late_stopping = 0})), (std::vector<Triple>{{"a", "r", "b"}}));
}

TEST(Writer, ACallThatGoesOnForeverEndsAtTheLastCompleteItem) {
  const auto endless = std::make_shared<ScriptedModel>([](const std::string&, const std::string& text) -> Preferences {
    const std::string body = open_call(text).body;
    const std::size_t item = std::min(body.rfind(';') + 1, body.size());
    const std::string open = body.substr(item);
    if (open.empty()) return {"n" + std::to_string(body.size())};
    if (open.ends_with(">>")) return {"x"};
    return {std::count(open.begin(), open.end(), '>') < 4 ? ">>" : ";"};
  });
  const WriterFixture fixture(endless);
  WriteOptions options = any_names();
  options.max_call_tokens = 20;
  const auto result = fixture.write({fixture.task("", "F")}, options)[0];
  EXPECT_EQ(result.triples.size(), 3U);
  EXPECT_TRUE(result.well_formed);
  EXPECT_EQ(result.malformed_items, 0U);
}

TEST(Writer, RelationsAreKnownOnes) {
  // Likes "capital city of" best, then "capital of".
  const WriterFixture fixture(std::make_shared<ScriptedModel>([](const std::string&, const std::string& text) -> Preferences {
    const std::string body = open_call(text).body;
    if (body.empty()) return {"Paris"};
    if (body.ends_with("capital")) return {" city", " of"};
    if (body.ends_with(" city")) return {" of"};
    if (body.ends_with("Paris") || body.ends_with(" of")) return {">>"};
    if (body == "Paris>>") return {"capital"};
    return {body.ends_with(">>") ? "France" : "})"};
  }));
  EXPECT_EQ(fixture.triples("F"), (std::vector<Triple>{{"Paris", "capital city of", "France"}}));
  WriteOptions options = any_names();
  options.open_relations = false;
  EXPECT_EQ(fixture.triples("F", options), (std::vector<Triple>{{"Paris", "capital of", "France"}}));
  const auto with_more = fixture.write({fixture.task("", "F")}, options, 1, {"capital city of"});
  ASSERT_EQ(with_more[0].triples.size(), 1U);
  EXPECT_EQ(with_more[0].triples[0].triple.relation, "capital city of");
}

TEST(Writer, NamesStandInTheText) {
  std::size_t facts = 0;
  for (unsigned seed = 0; seed < 30; ++seed) {
    const WriterFixture fixture(random_model(seed % 2 == 0 ? wide_alphabet() : narrow_alphabet(), seed));
    const auto tasks = fixture.documents(2, 4);
    const auto results = fixture.write(tasks, WriteOptions{.max_call_tokens = 60, .end_at_strange_names = true}, 3);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const std::string text = detokenize(*fixture.model, tasks[i].pretext) + detokenize(*fixture.model, tasks[i].focus);
      for (const WrittenTriple& written : results[i].triples) {
        EXPECT_NE(text.find(written.triple.subject), std::string::npos) << text << '|' << written.triple.subject;
        EXPECT_NE(text.find(written.triple.object), std::string::npos) << text << '|' << written.triple.object;
        ++facts;
      }
    }
  }
  EXPECT_GT(facts, 20U);
}

TEST(Writer, ConstrainedCallsAreWellFormedWhateverTheModelPrefers) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    const WriterFixture fixture(random_model(seed % 2 == 0 ? wide_alphabet() : narrow_alphabet(), seed));
    WriteOptions options = any_names();
    options.late_stopping = static_cast<int>(seed % 4);
    options.more_facts = static_cast<int>(seed % 3);
    options.close_probability = seed % 5 < 2 ? 0.5 : 1;
    options.max_call_tokens = 16 + seed * 4;
    options.end_at_strange_names = seed % 4 < 2;
    for (const WriteResult& result : fixture.write(fixture.documents(2, 4), options, 3)) {
      EXPECT_TRUE(result.well_formed);
      EXPECT_EQ(result.malformed_items, 0U);
    }
  }
}

TEST(Writer, ResultsDoNotDependOnOrderOrBatch) {
  for (const Decoding decoding : {Decoding::kConstrained, Decoding::kFree}) {
    const WriterFixture fixture(random_model(wide_alphabet(), 11));
    WriteOptions options = any_names();
    options.decoding = decoding;
    options.max_call_tokens = 60;
    const auto tasks = fixture.documents(5, 7);
    std::vector<WriteResult> alone;
    for (const WriteTask& task : tasks) alone.push_back(fixture.write({task}, options)[0]);
    for (const std::size_t sequences : {1, 2, 3, 8, 50}) {
      const auto together = fixture.write(tasks, options, sequences);
      for (std::size_t i = 0; i < tasks.size(); ++i) expect_equal(together[i], alone[i]);
    }
    std::vector<std::size_t> order(tasks.size());
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937(2));
    std::vector<WriteTask> shuffled;
    for (const std::size_t task : order) shuffled.push_back(tasks[task]);
    const auto results = fixture.write(shuffled, options, 4);
    for (std::size_t i = 0; i < order.size(); ++i) expect_equal(results[i], alone[order[i]]);
  }
}

TEST(Writer, FreeDecodingCountsWhatIsMalformed) {
  const WriterFixture fixture(scripted_calls({{"F", steps("a >> r >> b ; c >> d ; a >> r >> b })")}, {"G", steps("a >> r >> b ;  ")}}));
  WriteOptions options = any_names();
  options.decoding = Decoding::kFree;
  options.late_stopping = 0;
  const auto results = fixture.write({fixture.task("", "F"), fixture.task("", "G")}, options);
  EXPECT_EQ(results[0].triples.size(), 1U);
  EXPECT_EQ(results[0].malformed_items, 1U);
  EXPECT_FALSE(results[0].well_formed);
  EXPECT_EQ(results[1].triples.size(), 1U);
  EXPECT_FALSE(results[1].well_formed);
}

// Counts the tokens that are decoded, and the steps.
class CountingModel final : public ForwardingModel {
 public:
  using ForwardingModel::ForwardingModel;
  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override {
    return std::make_unique<Counter>(ForwardingModel::make_decoder(options), *this);
  }
  std::size_t decoded = 0, steps = 0;

 private:
  class Counter final : public ForwardingDecoder {
   public:
    Counter(std::unique_ptr<Decoder> decoder, CountingModel& counts) : ForwardingDecoder(std::move(decoder)), counts_(counts) {}
    void decode(std::span<const DecodeItem> items) override {
      for (const DecodeItem& item : items) counts_.decoded += item.tokens.size();
      ++counts_.steps;
      ForwardingDecoder::decode(items);
    }

   private:
    CountingModel& counts_;
  };
};

TEST(Writer, ADocumentIsNotEncodedAgainForEverySentence) {
  const auto model = std::make_shared<CountingModel>(scripted_calls({}));
  const WriterFixture fixture(model);
  const auto tasks = fixture.documents(2, 20);
  const WriteOptions options = any_names();
  const std::size_t frame = fixture.format->write_prompt({}, {}).size() + 1;
  std::size_t once = 0;
  for (const WriteTask& task : tasks) once += 2 * task.focus.size() + frame;
  fixture.write(tasks, options, 2);
  EXPECT_LE(model->decoded, once + 2 * tasks[0].pretext.size());
}

// Two facts of 26 tokens in all, the closing marker apart.
TEST(Writer, ForcedAndGuessedTokensTakeNoStep) {
  const std::string body =
      "Ada _Maria _Quill >> located _in _the _administrative _territorial _entity >> Oru ; Ada _Maria _Quill >> spouse >> Bo _Dan })";
  const auto model = std::make_shared<CountingModel>(scripted_calls({{"Ada Maria Quill and Bo Dan of Oru.", steps(body)}}));
  const WriterFixture fixture(model);
  const auto facts_of = [&](const WriteOptions& options) { return fixture.triples("Ada Maria Quill and Bo Dan of Oru.", options); };
  const auto open = facts_of(any_names());
  const std::size_t guessed = model->steps;
  EXPECT_EQ(open.size(), 2U);
  WriteOptions options = any_names();
  options.open_relations = false;
  model->steps = 0;
  EXPECT_EQ(facts_of(options), open);
  // Of the relation "located in the administrative territorial entity" the model chooses two words at most: the rest is forced.
  EXPECT_LE(model->steps, guessed - 4);
  EXPECT_LE(guessed, 20U);
}

TEST(Writer, PromptsTooLongForASequenceAreShortened) {
  const WriterFixture fixture(scripted_calls({}));
  DecoderOptions decoder;
  decoder.max_tokens = 64;
  std::string words;
  for (int i = 0; i < 200; ++i) words += " w";
  Writer writer(fixture.model, fixture.format, decoder);
  const std::vector<WriteTask> tasks = {fixture.task(words, "F"), fixture.task("", words), fixture.task(words, words),
                                        fixture.task("", "")};
  EXPECT_EQ(writer.write(tasks, {}).size(), tasks.size());
  decoder.max_tokens = 16;
  Writer narrow(fixture.model, fixture.format, decoder);
  EXPECT_THROW(narrow.write(tasks, {}), Error);
}

TEST(Writer, CanBeCancelledAndUsedAgain) {
  const WriterFixture fixture(scripted_calls({{"F", steps("a >> r >> b })")}}));
  Writer writer(fixture.model, fixture.format, {});
  std::stop_source stop;
  stop.request_stop();
  const std::vector<WriteTask> tasks = {fixture.task("", "F")};
  try {
    writer.write(tasks, {}, stop.get_token());
    FAIL() << "not cancelled";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_EQ(writer.write(tasks, any_names())[0].triples.size(), 1U);
  EXPECT_TRUE(writer.write({}, {}).empty());
}

TEST(Writer, OptionsOutOfRangeAreRefused) {
  const WriterFixture fixture(scripted_calls({}));
  EXPECT_THROW(fixture.write({}, {.late_stopping = -1}), Error);
  EXPECT_THROW(fixture.write({}, {.max_call_tokens = 0}), Error);
}

TEST(PretextWindow, HoldsTheMostSentencesThatFit) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<Token>> sentences(1 + random() % 12);
    Token next = 0;
    for (auto& sentence : sentences) {
      for (std::size_t count = random() % 6; count > 0; --count) sentence.push_back(next++);
    }
    const std::size_t focus = random() % sentences.size();
    const WriteOptions options{.max_pretext_sentences = random() % 8, .max_prompt_tokens = random() % 30};
    std::vector<Token> expected;
    for (std::size_t begin = 0; begin <= focus; ++begin) {
      expected.clear();
      for (std::size_t i = begin; i < focus; ++i) expected.insert(expected.end(), sentences[i].begin(), sentences[i].end());
      if (focus - begin <= options.max_pretext_sentences && expected.size() + sentences[focus].size() <= options.max_prompt_tokens) break;
    }
    EXPECT_EQ(pretext_window(sentences, focus, options), expected);
  }
}

}  // namespace
}  // namespace memllm
