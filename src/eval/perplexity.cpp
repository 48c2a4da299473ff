#include "eval/perplexity.h"

#include "base/cancellation.h"
#include "eval/document_perplexity.h"
#include "memllm/error.h"

namespace memllm {

PerplexityResult& PerplexityResult::operator+=(const PerplexityResult& other) {
  documents += other.documents;
  skipped += other.skipped;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    for (const auto mean : {&TextLosses::overall, &TextLosses::target, &TextLosses::target_tokens, &TextLosses::entity}) {
      losses[i].*mean += other.losses[i].*mean;
    }
  }
  points += other.points;
  calls += other.calls;
  calls_at_points += other.calls_at_points;
  kept += other.kept;
  empty += other.empty;
  malformed += other.malformed;
  with_target += other.with_target;
  with_gold_query += other.with_gold_query;
  open_at_points += other.open_at_points;
  decisions += other.decisions;
  queries += other.queries;
  outcomes.insert(outcomes.end(), other.outcomes.begin(), other.outcomes.end());
  return *this;
}

PerplexityResult evaluate_perplexity(const PerplexityParts& parts, std::span<const DocRedDocument> documents,
                                     const PerplexityOptions& options) {
  check_read_options(options.read);
  DecoderOptions decoder_options = parts.decoder;
  decoder_options.sequences = 1;
  const auto decoder = parts.model->make_decoder(decoder_options);
  PerplexityResult result;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    throw_if_stopped(options.stop, "the evaluation was cancelled");
    const DocRedDocument& document = documents[i];
    if (options.progress) options.progress({i, documents.size(), 0, document.title});
    if (const auto known = options.known.find(i); known != options.known.end()) {
      result += known->second;
      continue;
    }
    MemoryView memory;
    if (parts.memory) {
      memory = parts.memory(document);
      memory.is_ambiguous = [&parts](const Query& query) { return parts.language->relations.is_ambiguous(query); };
    }
    DocumentPerplexity run(parts, options, document, std::move(memory), *decoder);
    PerplexityResult one;
    if (run.fits()) {
      run.measure(one);
    } else {
      ++one.skipped;
    }
    if (options.on_document) options.on_document(i, one);
    result += one;
  }
  if (options.progress) options.progress({documents.size(), documents.size(), 0, {}});
  return result;
}

}  // namespace memllm
