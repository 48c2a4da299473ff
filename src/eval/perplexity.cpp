#include "eval/perplexity.h"

#include "eval/document_perplexity.h"
#include "memllm/error.h"

namespace memllm {

PerplexityResult evaluate_perplexity(const PerplexityParts& parts, std::span<const DocRedDocument> documents,
                                     const PerplexityOptions& options) {
  check_read_options(options.read);
  DecoderOptions decoder_options = parts.decoder;
  decoder_options.sequences = 1;
  const auto decoder = parts.model->make_decoder(decoder_options);
  PerplexityResult result;
  for (const DocRedDocument& document : documents) {
    if (options.stop.stop_requested()) throw Error(ErrorKind::kCancelled, "the evaluation was cancelled");
    if (options.progress) options.progress({result.documents + result.skipped, documents.size(), 0, document.title});
    DocumentPerplexity run(parts, options, document, parts.memory ? parts.memory(document) : QueryFunction{}, *decoder);
    if (run.fits()) {
      run.measure(result);
    } else {
      ++result.skipped;
    }
  }
  if (options.progress) options.progress({documents.size(), documents.size(), 0, {}});
  return result;
}

}  // namespace memllm
