// How fast: generation with memory against the bare model and against encoding everything again, learning in parallel against one
// sentence at a time, and queries. bench_speed MODEL EMBEDDER READ_ADAPTER WRITE_ADAPTER DOCUMENTS.jsonl

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "documents/document_reader.h"
#include "engine/session_impl.h"
#include "language/language.h"
#include "llm/llama_model.h"
#include "llm/logits.h"
#include "memllm/session.h"
#include "testing/slow_reader.h"
#include "testing/slow_writer.h"
#include "write/learned_document.h"

namespace memllm {
namespace {

constexpr std::size_t kTokens = 32;          // of one completion
constexpr std::size_t kPrompts = 5;          // completions; the median is reported
constexpr std::size_t kPromptWords = 12;     // of a document
constexpr std::size_t kReencodedTokens = 8;  // encoding everything again is slow
constexpr std::size_t kReencodedSentences = 3;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string first_words(const std::string& text, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < count && end != std::string::npos; ++i) end = text.find(' ', end + 1);
  return text.substr(0, end);
}

struct Files {
  ModelOptions models;
  MemoryOptions memory;
  std::vector<Document> documents;
};

// Sentences a second of Session::learn into an empty memory.
double learn(const Files& files, const std::string& name, std::size_t parallel) {
  MemoryOptions options = files.memory;
  options.folder /= name;
  Memory memory = Memory::open(options);
  ModelOptions models = files.models;
  models.parallel = parallel;
  Session session(memory, models);
  std::size_t sentences = 0;
  const double seconds = seconds_of([&] {
    for (const DocumentReport& report : session.learn(files.documents).documents) sentences += report.sentences;
  });
  return static_cast<double>(sentences) / seconds;
}

// The same, a sentence after the other, every token with its whole prefix.
double learn_reencoding(const Files& files, const std::shared_ptr<LanguageModel>& model, const CallFormat& format) {
  SlowWriter writer(*model, format, {}, {files.models.write_adapter, 1, files.models.context_tokens});
  const auto language = load_language(files.memory.language);
  LearnedDocument document(files.documents.front(), *language, {});
  const std::size_t sentences = std::min(document.sentences(), kReencodedSentences);
  const double seconds = seconds_of([&] {
    for (std::size_t i = 0; i < sentences; ++i) (void)writer.write(document.task(i, format, {}, files.models.context_tokens));
  });
  return static_cast<double>(sentences) / seconds;
}

// Milliseconds a text token.
double generate_bare(LanguageModel& model, Decoder& decoder, const CallFormat& format, const std::string& prompt) {
  std::vector<Token> tokens = {model.bos()};
  const std::vector<Token> text = format.text_tokens(prompt);
  tokens.insert(tokens.end(), text.begin(), text.end());
  return 1e3 / static_cast<double>(kTokens) * seconds_of([&] {
           decoder.truncate(0, 0);
           for (std::size_t i = 0; i < kTokens; ++i) {
             const DecodeItem item{0, tokens, LogitsWanted::kLast};
             decoder.decode(std::span(&item, 1));
             tokens = {best_token(decoder.logits(0), [&](Token token) { return !model.is_control(token); })};
           }
         });
}

void bench_generation(const Files& files, const std::shared_ptr<LanguageModel>& model, const std::shared_ptr<const CallFormat>& format) {
  MemoryOptions options = files.memory;
  options.folder /= "batched";  // what learn made
  Memory memory = Memory::open(options);
  Session session(memory, files.models);
  const auto language = load_language(files.memory.language);
  const auto bare = model->make_decoder({});
  const auto reading = model->make_decoder({files.models.read_adapter, 1, files.models.context_tokens});
  SlowReader slow(
      *model, *format, *reading,
      {[&](const Query& query) { return memory.query(query); }, [&](const std::string& text) { return memory.answerable(text); },
       [&](const Query& query) { return language->relations.is_ambiguous(query); }});
  std::vector<double> raw, with_memory, reencoding;
  std::size_t calls = 0, kept = 0;
  for (std::size_t i = 0; i < std::min(kPrompts, files.documents.size()); ++i) {
    const std::string prompt = first_words(files.documents[i].text, kPromptWords);
    (void)session.complete(prompt, {.max_new_tokens = 1});  // makes the decoders
    raw.push_back(generate_bare(*model, *bare, *format, prompt));
    Completion completion;
    const double seconds = seconds_of([&] { completion = session.complete(prompt, {.max_new_tokens = kTokens}); });
    with_memory.push_back(1e3 * seconds / static_cast<double>(kTokens));
    calls += completion.calls.size();
    for (const CallTrace& call : completion.calls) kept += !call.dropped_because ? 1 : 0;
    const double slow_seconds = seconds_of([&] { (void)slow.complete(prompt, {.max_new_tokens = kReencodedTokens}); });
    reencoding.push_back(1e3 * slow_seconds / static_cast<double>(kReencodedTokens));
  }
  std::printf(
      "generation, ms a text token (median of %zu prompts): bare model %.1f, with memory %.1f (%zu calls, %zu with a hit), "
      "everything encoded again %.1f\n",
      raw.size(), median(raw), median(with_memory), calls, kept, median(reencoding));
}

void bench_queries(const Files& files) {
  MemoryOptions options = files.memory;
  options.folder /= "batched";
  Memory memory = Memory::open(options);
  FactFilter filter;
  filter.limit = 50;
  std::vector<double> exact, near;
  for (const Fact& fact : memory.list(filter)) {
    exact.push_back(1e6 * seconds_of([&] { (void)memory.query({fact.subject, fact.relation, std::nullopt}); }));
    near.push_back(1e3 * seconds_of([&] { (void)memory.query({fact.subject + " the second", fact.relation, std::nullopt}); }));
  }
  std::printf("query, median of %zu: names as stored %.0f us, unknown name (embedded, then nearest) %.1f ms\n", exact.size(), median(exact),
              median(near));
}

// People born in towns of counties of three countries: what is asked for is up to three facts away, and countries are in very many facts.
void bench_inference(const Files& files) {
  constexpr std::size_t kPeople = 30'000, kTowns = 3'000, kCounties = 300, kCountries = 3, kQueries = 200;
  const auto named = [](const char* what, std::size_t number) { return what + std::to_string(number); };
  std::vector<Statement> statements;
  const auto add = [&](const std::string& subject, const std::string& relation, const std::string& object) {
    statements.emplace_back().triple = {subject, relation, object};
  };
  for (std::size_t i = 0; i < kPeople; ++i) {
    add(named("Person ", i), "place of birth", named("Town ", i % kTowns));
    add(named("Person ", i), "employer", named("Firm ", i % 1'000));
    add(named("Person ", i), "date of birth", std::to_string(1900 + i % 100));
  }
  for (std::size_t i = 0; i < kTowns; ++i) {
    add(named("Town ", i), "located in the administrative territorial entity", named("County ", i % kCounties));
  }
  for (std::size_t i = 0; i < kCounties; ++i) add(named("County ", i), "country", named("Country ", i % kCountries));
  MemoryOptions options = files.memory;
  options.folder /= "inference";
  options.embedder.clear();
  Memory::open(options).add(statements);
  for (const bool infer : {false, true}) {
    options.infer = infer;
    Memory memory = Memory::open(options);
    const auto microseconds = [&](const std::function<void(std::size_t)>& ask) {
      std::vector<double> each;
      for (std::size_t i = 0; i < kQueries; ++i) each.push_back(1e6 * seconds_of([&] { ask(i); }));
      return median(each);
    };
    const double town = microseconds([&](std::size_t i) { (void)memory.query({named("Town ", i), "country", std::nullopt}); });
    const double country = microseconds([&](std::size_t i) {
      (void)memory.query({std::nullopt, "country", named("Country ", i % kCountries)});
    });
    const double answerable = microseconds(
        [&](std::size_t i) { (void)memory.answerable(named("Person ", i) + " lives in " + named("Town ", i) + " of Country 1 ."); });
    std::printf("%zu facts, %s, median of %zu: a town's country %.0f us, what is in a country %.0f us, what can be asked about %.0f us\n",
                statements.size(), infer ? "with inference" : "stored ones alone", kQueries, town, country, answerable);
  }
}

int bench(const Files& files) {
  const auto model = load_llama_model({files.models.model, 0, 0, {}});
  const auto format = std::make_shared<const CallFormat>(model, files.models);
  const double batched = learn(files, "batched", files.models.parallel);
  const double single = learn(files, "single", 1);
  const double reencoding = learn_reencoding(files, model, *format);
  std::printf("learn, sentences a second: %zu at once %.2f, one at a time %.2f, one at a time with everything encoded again %.3f\n",
              files.models.parallel, batched, single, reencoding);
  bench_generation(files, model, format);
  bench_queries(files);
  bench_inference(files);
  return 0;
}

}  // namespace
}  // namespace memllm

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: %s MODEL EMBEDDER READ_ADAPTER WRITE_ADAPTER DOCUMENTS.jsonl\n", argv[0]);
    return 2;
  }
  try {
    const memllm::ScratchFolder folder;
    memllm::Files files;
    files.models.model = argv[1];
    files.memory.embedder = argv[2];
    files.models.read_adapter = argv[3];
    files.models.write_adapter = argv[4];
    files.memory.folder = folder.path();
    files.documents = memllm::read_documents(std::filesystem::path(argv[5]), memllm::DocumentFormat::kJsonl, {});
    return memllm::bench(files);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
