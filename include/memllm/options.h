// Options: plain structs with commented defaults, validated once where they enter (Memory::open, Session).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "memllm/query.h"

namespace memllm {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
// Called from the thread that does the work; must not throw. Empty: silent.
using Logger = std::function<void(LogLevel, std::string_view)>;

// The present, in the form of Timestamp; called from the thread that changes the memory.
using Clock = std::function<Timestamp()>;

// Reported by long work, from the calling thread, a few times a second at most.
struct Progress {
  std::size_t done = 0;
  std::size_t total = 0;  // 0: unknown
  std::size_t facts = 0;  // facts stored so far
  std::string_view what;  // the item now worked on (a document's name, …)
};
using ProgressCallback = std::function<void(const Progress&)>;

// Model files. Empty adapter paths mean: the base model alone (then learn finds nothing and says so).
struct ModelOptions {
  std::filesystem::path model;           // base model, GGUF
  std::filesystem::path read_adapter;    // LoRA, GGUF
  std::filesystem::path write_adapter;   // LoRA, GGUF
  std::filesystem::path answer_adapter;  // LoRA, GGUF: answers from sentences, and judges facts; empty: only facts answer, none is judged
  int threads = 0;                       // 0: as many as there are cores
  int gpu_layers = 0;                    // layers kept on a GPU, where llama.cpp was built for one
  std::size_t context_tokens = 2048;     // per sequence
  std::size_t parallel = 8;              // sentences written at once by learn
  // The call's markers; each must be one token of the model's vocabulary (the error for one that is not names the flag).
  std::string marker_open = "({";
  std::string marker_close = "})";
  std::string marker_arrow = "-->";
  std::string separator_field = ">>";
  std::string separator_item = ";";
};

// What to do when the memory was made with another embedder.
enum class EmbedderMismatch {
  kRefuse,    // kConflict
  kTakeOver,  // drop all vectors; they are made anew when needed, or at once by reindex
};

struct MemoryOptions {
  std::filesystem::path folder;    // created if missing
  std::filesystem::path embedder;  // BERT GGUF; empty: names match exactly or by alias only
  // For files that can be made again and hold nothing of the memory (vectors of the wordings of relations); empty: the memory's folder.
  std::filesystem::path cache_folder;
  std::string name_space = "default";
  std::string language;  // a language pack: its folder, or its name under share/memllm/lang (docs/formats.md); empty: English
  EmbedderMismatch embedder_mismatch = EmbedderMismatch::kRefuse;
  QueryThresholds thresholds;
  bool infer = true;  // QueryOptions::infer of every query
  Logger logger;
  Clock clock;  // transaction time of every change; empty: the system's
};

enum class Decoding { kConstrained, kFree };

struct WriteOptions {
  int late_stopping = 0;  // K of paper §4: stops in a row without a better one; 0: plain greedy (docs/lab/writing.md)
  // kConstrained: at most so many times a call goes on where the model would close it with less than this probability. What it writes then
  // is right less often than what came before, but often enough; the score tells (docs/lab/writing.md). 0: plain greedy.
  int more_facts = 3;
  double close_probability = 0.9;
  std::size_t max_call_tokens = 512;  // a call is closed at this length
  std::size_t max_pretext_sentences = 25;
  std::size_t max_prompt_tokens = 512;     // pretext is cut at a sentence so that prompt ≤ this; the focus is never cut below it
  double min_mean_log_probability = -0.3;  // facts below (less than .74 a token) are quarantined (Fact::quarantined)
  // With an answer adapter, which is asked for each fact's object: facts of which that is less likely than this to be the answer, against
  // "not stated" (log-odds, natural), are quarantined.
  double min_judgement = 1.5;
  Decoding decoding = Decoding::kConstrained;
  // kConstrained: a call ends before a fact whose subject or object does not stand in the sentence or its pretext. (Such facts are never
  // stored; what the model says after one is right less often, but often enough.)
  bool end_at_strange_names = false;
  // kConstrained: relations need not be ones that the memory has, or that memllm knows how people ask about.
  bool open_relations = false;
};

struct ReadOptions {
  std::size_t max_new_tokens = 64;    // text tokens of one completion
  std::size_t max_call_tokens = 128;  // query part of one call
  int max_results = 30;
  int max_queries = 3;          // queries in one call, where the model decides; more are ignored
  double call_threshold = 0.0;  // call where "({" is the most probable token and, above 0, also where p("({") ≥ this
  double temperature = 0.0;     // 0: greedy
  // How much less likely it gets that text goes on as it did before (read/repetition.h): 0: it may go round in circles.
  double repetition_penalty = 0.8;
  std::uint64_t seed = 1;
  std::optional<Timestamp> as_of = std::nullopt;  // read what was believed then; empty: now
  std::string asker;                              // ask: who "I" is in the question; empty: the author of the sentences, if they have one
  bool guess = false;                             // ask: where the memory does not know, let the model guess
  Decoding decoding = Decoding::kConstrained;
  // With kConstrained: a call asks only what the memory can answer about the names that the text mentions. Off: what the model likes.
  bool answerable_only = true;
  // With answerable_only: a call asks at least so many queries where the memory can answer so many (and they fit max_call_tokens), best
  // first. The model is rarely sure what the text will say next; all that is likely stands in one result. 1: the model decides (paper).
  int min_queries = 9;
  double min_query_probability = 0.0;  // calls with a less probable query are dropped
  // How much a call's result counts before any text follows it: text is a mixture of the model with the call and the base model without,
  // and every token moves the weight to the one that expected it (call_mixture.h). 1: the text follows the result (paper). Where there is
  // no read adapter, and for the facts that ask has found, it is 1.
  double result_weight = 0.5;
  // With a result_weight below 1: a call may ask what the last one asked; text that has refuted an answer here may expect it there. Off,
  // and where text follows results: such a call is dropped (paper).
  bool repeated_calls = true;
};

}  // namespace memllm
