// Perplexity of documents that the model reads with its memory at hand (paper §7).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "call/call_format.h"
#include "documents/docred.h"
#include "eval/document_memories.h"
#include "eval/retrieved_context.h"
#include "language/language.h"
#include "llm/language_model.h"
#include "memllm/options.h"

namespace memllm {

// The text is teacher-forced. kGoldPoints (P, the paper's): at every read point of Algorithm 1 the model is asked for a query, and nowhere
// else; a point's result is in the context until the next point. kFree (F): the model alone decides, at every token, where to read, as it
// does when it generates; nothing is known about read points.
enum class ReadProtocol { kGoldPoints, kFree };

// P only: who writes the query and gives the answer. kGoldAnswer: the gold query, answered by the target alone.
enum class QuerySource { kOwn, kGold, kGoldAnswer };

// How the model's own willingness to call counts at a point whose call has a result.
// kBranch: p = p("({") p(token | call) + (1 - p("({")) p(token | no call), token by token.
// kOwn: the text is predicted with the call, and the loss of "({" is added to OVERALL (not to its number of tokens).
// kGiven: the point is given: the text is predicted with the call, "({" is left out of every softmax.
// Where the call has no result, the text is predicted without it and "({" is left out of the softmax of the first token.
// kWeigh: the text up to the next point is a mixture of the one with and the one without the call (call_mixture.h), beginning with
// ReadOptions::result_weight; "({" is left out of every softmax, as in kGiven.
// With F the model decides by itself; after a call with a result, kWeigh predicts the text by the mixture, as generation does, until the
// text has confirmed the result (then with the call) or refuted it (then without). The others predict it with the call.
enum class CallDecision { kBranch, kOwn, kGiven, kWeigh };
inline constexpr std::array kCallDecisions{CallDecision::kBranch, CallDecision::kOwn, CallDecision::kGiven, CallDecision::kWeigh};

// The model under evaluation. "Base": no adapter and no memory. "Off": the read adapter and no memory. With memory too, text without a
// result is predicted under the read adapter, so that the memory alone makes the difference to "off"; generation takes the base model
// there.
struct PerplexityParts {
  std::shared_ptr<LanguageModel> model;
  std::shared_ptr<const CallFormat> format;
  std::shared_ptr<const Language> language;
  DecoderOptions decoder;  // adapter, max_tokens
  DocumentMemory memory;   // empty: memory off, and "({" is left out of every softmax
  // Only without memory, for baselines: sentences that stand before the document while the text from a read point to the next is predicted,
  // best last; where all do not fit the context, fewer.
  PointContext context = nullptr;
};

// A mean of losses (natural log).
struct MeanLoss {
  double sum = 0;
  std::size_t count = 0;
  void add(double loss) {
    sum += loss;
    ++count;
  }
  MeanLoss& operator+=(const MeanLoss& other) {
    sum += other.sum;
    count += other.count;
    return *this;
  }
  double perplexity() const { return count == 0 ? 0 : std::exp(sum / static_cast<double>(count)); }
};

// Of documents' texts.
struct TextLosses {
  MeanLoss overall;        // of every text token
  MeanLoss target;         // of every target span: the mean of its tokens (paper)
  MeanLoss target_tokens;  // of every token of a target span
  MeanLoss entity;         // of every mention: the mean of its tokens (paper)
};

// P: the call at one read point.
struct PointOutcome {
  bool kept = false;             // it had a result
  bool with_target = false;      // which holds a name of the target's entity
  bool with_gold_query = false;  // it asks at least one gold query
  std::size_t answers = 0;       // names in the result
  double call_probability = 0;   // p("({") there, without a call in the context
  double query_log_probability = 0;
  double loss_without = 0;  // mean loss of the target span's tokens as with memory off
  double loss_with = 0;     // the same with the call in the context; as loss_without unless kept
  double loss_weighed = 0;  // the same by kWeigh
};

struct PerplexityResult {
  std::size_t documents = 0;
  std::size_t skipped = 0;          // documents longer than the context
  std::size_t points = 0;           // read points of Algorithm 1
  std::size_t calls = 0;            // calls made
  std::size_t calls_at_points = 0;  // of these, at a read point (P: all)
  std::size_t kept = 0;             // calls with a result
  std::size_t empty = 0;            // calls without a result: nothing found, too broad, repeated or ambiguous
  std::size_t malformed = 0;        // calls that cannot be parsed
  std::size_t with_target = 0;      // kept calls at a read point whose result holds a name of the target's entity
  std::size_t with_gold_query = 0;  // calls at a read point that ask at least one gold query (names and relation equal)
  MeanLoss open_at_points;          // -log p("({") at read points without a call in the context (P; perplexity() is 1 / geometric mean)
  // F: what OVERALL leaves out. Of every token where a call could begin: -log p("({") where it does, else -log(1 - p("({")).
  MeanLoss decisions;
  MeanLoss queries;  // of every call: -log p of the query as the model would write it by itself

  std::vector<PointOutcome> outcomes;  // P: of every read point

  // By decision. One measurement gives all of them, but with F only the one of the options is there. Without memory they are the same.
  std::array<TextLosses, kCallDecisions.size()> losses;
  const TextLosses& of(CallDecision decision) const { return losses[static_cast<std::size_t>(decision)]; }
  TextLosses& of(CallDecision decision) { return losses[static_cast<std::size_t>(decision)]; }

  PerplexityResult& operator+=(const PerplexityResult& other);
};

struct PerplexityOptions {
  ReadProtocol protocol = ReadProtocol::kGoldPoints;
  QuerySource query = QuerySource::kOwn;
  CallDecision decision = CallDecision::kWeigh;  // only F measures by it
  ReadOptions read;                              // limits of a call; call_threshold (F)
  ProgressCallback progress;
  std::stop_token stop;
  // By number in the documents: results of an earlier run with the same options, which are added instead of measured.
  std::map<std::size_t, PerplexityResult> known;
  // Called with the number and the result of every document that was measured.
  std::function<void(std::size_t, const PerplexityResult&)> on_document;
};

// Throws kCancelled, and what decoding throws.
PerplexityResult evaluate_perplexity(const PerplexityParts& parts, std::span<const DocRedDocument> documents,
                                     const PerplexityOptions& options = {});

}  // namespace memllm
