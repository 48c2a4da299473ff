// DocRED documents to training examples (paper §5).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/example_file.h"
#include "call/call_format.h"
#include "documents/docred.h"
#include "examples/statements.h"
#include "language/language.h"
#include "read/reader.h"

namespace memllm {

// Where a label without evidence is written: in every sentence that the paper's rule admits, or once, where its pair is first complete.
enum class UnevidencedLabels { kEverySentence, kOnce };

// In which order a sentence's triples are written: by where the later mention stands (paper §5), or shuffled.
enum class FactOrder { kText, kRandom };

struct WriteExampleOptions {
  std::size_t max_relations = 31;  // of one call
  UnevidencedLabels unevidenced = UnevidencedLabels::kEverySentence;
  FactOrder order = FactOrder::kText;
  std::uint64_t seed = 1;  // of kRandom
  std::size_t max_pretext_sentences = 25;
  std::size_t max_prompt_tokens = 512;
};

// Triples to be written at each sentence. An entity is named as in its first mention
// in the sentence, or, when it has none there, as in its last one before it.
std::vector<std::vector<Triple>> write_targets(const DocRedDocument& document, const WriteExampleOptions& options);

// One read point: before the word that begins the target mention.
struct ReadPoint {
  DocRedMention target;    // the mention to be supplied
  std::size_t entity = 0;  // index of the target's entity
  // Bytes: end of the word before the target. "({" stands directly after it, the space belongs to what follows.
  std::size_t text_offset = 0;
  Span target_span;                               // bytes of the target in the text
  std::vector<Query> queries;                     // fewest results first, at most 3
  std::vector<std::vector<std::string>> results;  // of each query in the memory given; names
  std::vector<std::string> answers;               // union of results, at most 30, or the target alone when all are empty and kUseTarget
};

struct AnsweredQuery {
  Query query;
  std::vector<std::string> results;  // names
};

enum class EmptyResults { kUseTarget, kKeepEmpty };

struct ReadExampleOptions {
  std::size_t max_queries = 3;
  int max_results = 30;
  EmptyResults empty = EmptyResults::kUseTarget;
  // Share of read points whose result is replaced by none (the text goes on without a call), by other names (of the document's
  // entities of the target's type), or for which the call is left out altogether: so that the model survives a memory that is wrong (shared
  // measurement: a wrong result without such training costs 6–11 times the perplexity).
  double drop_call = 0.1;
  double wrong_result = 0.1;
  // Share of the calls that also ask what does not lead to the target, up to most_queries in all, in random order: at run time a call
  // asks for all that is likely (ReadOptions::min_queries), so the model learns which of the answers fits the text. No loss on these
  // queries, nor on whether another one follows.
  double more_queries = 0;
  std::size_t most_queries = 6;
  // Share of the running text's tokens (segment 0, and a branch from its kKeptAfterCall-th token of text on) that carry loss, each then
  // weighted 1 / text_loss: the same expected loss with fewer logits, which are 63 % of a token's cost. The tokens at read points always
  // carry it.
  double text_loss = 1.0;
  const RelationSchema* relations = nullptr;  // whose ambiguous queries are never asked; null: there are none
  double call_weight = 1.0;                   // of the loss on a call's own tokens behind "({", against 1 on the text's
  std::uint64_t seed = 1;
};
inline constexpr std::size_t kKeptAfterCall = 16;

// Algorithm 1 of the paper, in the order of the text. query: live results of the memory (an empty function: no results, so no "too broad"
// filter: the evaluation's read points). The query entity is named as in its last mention that ends before the target; a query without
// results ranks like one with five, and a target whose text occurs in the pretext is dropped (both as in the published code). Points whose
// target overlaps the previous point's target are dropped, so that the text between two points holds the whole target.
std::vector<ReadPoint> read_points(const DocRedDocument& document, const QueryFunction& query, const ReadExampleOptions& options);

// What else the memory could be asked at a read point: queries about entities that the text before it mentions, by the document's
// relations, with at least one answer and at most options.max_results.
std::vector<AnsweredQuery> other_queries(const DocRedDocument& document, const ReadPoint& point, const QueryFunction& query,
                                         const ReadExampleOptions& options);

// One example a document: segment 0 is BOS and the document's text up to its last sentence (no loss), every sentence a
// branch at its beginning with the focus and its call; loss on the call and EOS. Pretext and focus are those of
// LearnedDocument::task, so that a branch sees exactly what the writer sees at run time: where the pretext window does not
// begin at the document's first sentence, the windowed sentences form a segment of their own directly after BOS, and the
// sentence branches from that. (A cut by ExampleSegment::window would hide BOS and shift the positions.)
Example write_example(const DocRedDocument& document, const LanguageModel& model, const CallFormat& format, const Language& language,
                      const WriteExampleOptions& options);
// A statement as one sentence without pretext.
Example write_example(const StatedFacts& statement, const LanguageModel& model, const CallFormat& format, const Language& language,
                      const WriteExampleOptions& options);
// One example a document: segment 0 is BOS and the text (loss on all of it), every read point a branch with call, result and the text up to
// the next read point or the document's end (loss on call and text, not on the result's names). A branch that ends at another read point
// ends with "({", since the next call is decided on while the previous one is still in the context (paper §4). The text is tokenised in
// pieces cut at the read points, so that text after a call has the tokens it has without one. In segment 0 the first token after a read
// point has the weight kTextAtReadPoint: it competes with the branch's "({".
inline constexpr float kTextAtReadPoint = 0.5F;
Example read_example(const DocRedDocument& document, const LanguageModel& model, const CallFormat& format, const QueryFunction& query,
                     const ReadExampleOptions& options);

}  // namespace memllm
