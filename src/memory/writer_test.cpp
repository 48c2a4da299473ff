#include "memory/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <string>

#include "memllm/error.h"
#include "memory/relation_wordings.h"
#include "memory/slow_writer_for_test.h"
#include "memory/test_models.h"

namespace memllm {
namespace {

using Preferences = std::vector<std::string>;

// What follows the header of the write call that the text ends in, and the focus before it.
struct OpenCall {
  std::string focus, body;
};
OpenCall open_call(const std::string& text) {
  const std::string start = "({USER_ST})", end = "({USER_END})({MEM_WRITE-->";
  const std::size_t begin = text.rfind(start) + start.size();
  const std::size_t middle = text.rfind(end);
  return {text.substr(begin, middle - begin), text.substr(middle + end.size())};
}

// A model that writes, for a focus, a list of steps, each the preferences there; and closes the call when it is off the list's first
// choices.
std::shared_ptr<LanguageModel> scripted_calls(const std::map<std::string, std::vector<Preferences>>& calls) {
  return std::make_shared<ScriptedModel>([calls](const std::string&, const std::string& text) -> Preferences {
    const OpenCall call = open_call(text);
    const auto found = calls.find(call.focus);
    if (found == calls.end()) return {"})"};
    std::vector<std::string> reached = {""};
    for (const Preferences& step : found->second) {
      std::vector<std::string> further;
      for (const std::string& body : reached) {
        if (body == call.body) return step;
        for (const std::string& token : step) further.push_back(body + token);
      }
      reached = std::move(further);
    }
    return {"})"};
  });
}

// Steps without alternatives, from tokens separated by blanks ("_" stands for a blank).
std::vector<Preferences> steps(const std::string& tokens) {
  std::vector<Preferences> result(1, Preferences(1));
  for (const char byte : tokens) {
    if (byte == ' ') {
      result.push_back(Preferences(1));
    } else {
      result.back()[0] += byte == '_' ? ' ' : byte;
    }
  }
  return result;
}

// A model of no sense: its preferences are drawn from a seed and all of the text so far.
std::shared_ptr<LanguageModel> random_model(Preferences alphabet, unsigned seed) {
  return std::make_shared<ScriptedModel>([alphabet = std::move(alphabet), seed](const std::string&, const std::string& text) {
    std::mt19937 random(static_cast<unsigned>(std::hash<std::string>{}(text)) ^ seed);
    Preferences order = alphabet;
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    const Preferences urgent = {">>", ">>", ">>", ";", "})", ""};
    if (const std::size_t which = random() % 10; which < urgent.size()) order.insert(order.begin(), urgent[which]);
    std::vector<std::string> unique;
    for (const std::string& token : order) {
      if (std::find(unique.begin(), unique.end(), token) == unique.end()) unique.push_back(token);
    }
    return unique;
  });
}

Preferences wide_alphabet() { return {"a", "b", "c", " d", " E", "7", ">>", ";", "})", "({", "-->", "\n", "", "."}; }
Preferences narrow_alphabet() { return {"a", "A", ">>", ";", "})", ""}; }

// The scripted models' names stand in no text, and what they say after the end means nothing.
WriteOptions any_names(WriteOptions options = {}) {
  options.end_at_strange_names = false;
  options.open_relations = true;
  options.more_facts = 0;
  return options;
}

// What a writer may use that was given `more`.
std::vector<std::string> known_relations(std::vector<std::string> more) {
  for (const RelationWordings& worded : worded_relations()) more.push_back(worded.relation);
  return more;
}

class Fixture {
 public:
  explicit Fixture(std::shared_ptr<LanguageModel> of) : model(std::move(of)), format(std::make_shared<CallFormat>(model, ModelOptions{})) {}

  WriteTask task(const std::string& pretext, const std::string& focus) const {
    return {format->text_tokens(pretext), format->text_tokens(focus)};
  }
  std::vector<WriteResult> write(const std::vector<WriteTask>& tasks, const WriteOptions& options = any_names(), std::size_t sequences = 1,
                                 const std::vector<std::string>& relations = {}) const {
    DecoderOptions decoder;
    decoder.sequences = sequences;
    Writer writer(model, format, decoder);
    writer.set_relations(relations);
    return writer.write(tasks, options);
  }
  std::vector<Triple> triples(const std::string& focus, const WriteOptions& options = any_names()) const {
    std::vector<Triple> result;
    const auto written = write({task("", focus)}, options);
    for (const WrittenTriple& one : written[0].triples) result.push_back(one.triple);
    return result;
  }
  // Every sentence with all before it, for some documents.
  std::vector<WriteTask> documents(std::size_t count, std::size_t sentences) const {
    std::vector<WriteTask> tasks;
    for (std::size_t document = 0; document < count; ++document) {
      std::string text = "D" + std::to_string(document) + ".";
      for (std::size_t i = 0; i < sentences; ++i) {
        const std::string focus = " S" + std::to_string(i) + " a b ac dE 7 A.";
        tasks.push_back(task(text, focus));
        text += focus;
      }
    }
    return tasks;
  }

  std::shared_ptr<LanguageModel> model;
  std::shared_ptr<const CallFormat> format;
};

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
  const Fixture fixture(scripted_calls({{"Paris.", steps("Paris >> capital _of >> France ; Lyon >> country >> France })")}}));
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
  const Fixture fixture(scripted_calls({{"long", call}, {"short", short_call}}));
  const std::vector<Triple> first = {{"a", "r", "b"}};
  const std::vector<Triple> both = {{"a", "r", "b"}, {"c", "r", name}};
  EXPECT_EQ(fixture.triples("long", any_names({.late_stopping = 0})), first);
  EXPECT_EQ(fixture.triples("long", any_names({.late_stopping = 5})), both);
  EXPECT_EQ(fixture.triples("short", any_names({.late_stopping = 5})), first);
}

TEST(Writer, GoesOnWhereTheModelWouldStopSoManyTimes) {
  auto call = steps("a >> r >> b ; c >> r >> d ; e >> r >> f })");
  call[5] = call[11] = {"})", ";"};
  const Fixture fixture(scripted_calls({{"F", call}}));
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
  const Fixture fixture(scripted_calls({{"F", call}}));
  EXPECT_EQ(fixture.triples("F", any_names({.late_stopping = 0})),
            (std::vector<Triple>{{"a", "r", "b"}, {"A", "R", "e"}, {"c", "r", "d"}}));
  call[10] = {"b", "B"};
  const Fixture stubborn(scripted_calls({{"F", call}}));
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
  const Fixture fixture(endless);
  WriteOptions options = any_names();
  options.max_call_tokens = 20;
  const auto result = fixture.write({fixture.task("", "F")}, options)[0];
  EXPECT_EQ(result.triples.size(), 3U);
  EXPECT_TRUE(result.well_formed);
  EXPECT_EQ(result.malformed_items, 0U);
}

TEST(Writer, RelationsAreKnownOnes) {
  // Likes "capital city of" best, then "capital of".
  const Fixture fixture(std::make_shared<ScriptedModel>([](const std::string&, const std::string& text) -> Preferences {
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
    const Fixture fixture(random_model(seed % 2 == 0 ? wide_alphabet() : narrow_alphabet(), seed));
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
    const Fixture fixture(random_model(seed % 2 == 0 ? wide_alphabet() : narrow_alphabet(), seed));
    WriteOptions options = any_names();
    options.late_stopping = static_cast<int>(seed % 4);
    options.more_facts = static_cast<int>(seed % 3);
    options.close_probability = seed % 5 < 2 ? 0.5 : 1;
    options.max_call_tokens = 1 + seed * 4;
    options.end_at_strange_names = seed % 4 < 2;
    for (const WriteResult& result : fixture.write(fixture.documents(2, 4), options, 3)) {
      EXPECT_TRUE(result.well_formed);
      EXPECT_EQ(result.malformed_items, 0U);
    }
  }
}

TEST(Writer, AgreesWithTheSlowWay) {
  int roll_backs = 0;
  std::size_t facts = 0;
  std::size_t compared = 0;
  for (unsigned seed = 0; seed < 80; ++seed) {
    const Fixture fixture(random_model(seed % 2 == 0 ? wide_alphabet() : narrow_alphabet(), seed));
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

TEST(Writer, ResultsDoNotDependOnOrderOrBatch) {
  for (const Decoding decoding : {Decoding::kConstrained, Decoding::kFree}) {
    const Fixture fixture(random_model(wide_alphabet(), 11));
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
  const Fixture fixture(scripted_calls({{"F", steps("a >> r >> b ; c >> d ; a >> r >> b })")}, {"G", steps("a >> r >> b ;  ")}}));
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
class CountingModel final : public LanguageModel {
 public:
  explicit CountingModel(std::shared_ptr<LanguageModel> model) : model_(std::move(model)) {}
  std::string fingerprint() const override { return model_->fingerprint(); }
  std::size_t vocabulary() const override { return model_->vocabulary(); }
  Token bos() const override { return model_->bos(); }
  Token eos() const override { return model_->eos(); }
  std::vector<Token> tokenize(std::string_view text) const override { return model_->tokenize(text); }
  std::string piece(Token token) const override { return model_->piece(token); }
  bool is_control(Token token) const override { return model_->is_control(token); }
  std::unique_ptr<Decoder> make_decoder(const DecoderOptions& options) override {
    return std::make_unique<Counter>(model_->make_decoder(options), decoded, steps);
  }
  std::size_t decoded = 0, steps = 0;

 private:
  class Counter final : public Decoder {
   public:
    Counter(std::unique_ptr<Decoder> decoder, std::size_t& decoded, std::size_t& steps)
        : decoder_(std::move(decoder)), decoded_(decoded), steps_(steps) {}
    std::size_t sequences() const override { return decoder_->sequences(); }
    std::size_t max_tokens() const override { return decoder_->max_tokens(); }
    void decode(std::span<const DecodeItem> items) override {
      for (const DecodeItem& item : items) decoded_ += item.tokens.size();
      ++steps_;
      decoder_->decode(items);
    }
    std::span<const float> logits(std::size_t item, std::size_t row) const override { return decoder_->logits(item, row); }
    std::span<const Token> tokens(SequenceId sequence) const override { return decoder_->tokens(sequence); }
    void truncate(SequenceId sequence, std::size_t length) override { decoder_->truncate(sequence, length); }
    void fork(SequenceId from, SequenceId to) override { decoder_->fork(from, to); }

   private:
    std::unique_ptr<Decoder> decoder_;
    std::size_t& decoded_;
    std::size_t& steps_;
  };

  std::shared_ptr<LanguageModel> model_;
};

TEST(Writer, ADocumentIsNotEncodedAgainForEverySentence) {
  const auto model = std::make_shared<CountingModel>(scripted_calls({}));
  const Fixture fixture(model);
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
  const Fixture fixture(model);
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
  const Fixture fixture(scripted_calls({}));
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
  const Fixture fixture(scripted_calls({{"F", steps("a >> r >> b })")}}));
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
  const Fixture fixture(scripted_calls({}));
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

// With a real model: batches, kept prefixes and roll-backs change nothing but rounding.
TEST(WriterWithModel, AgreesWithTheSlowWay) {
  const auto model = model_of_environment();
  if (!model) GTEST_SKIP() << "MEMLLM_MODEL is not set";
  const Fixture fixture(model);
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
