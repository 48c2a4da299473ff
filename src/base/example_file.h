// Training examples on disk: the seam between the example builders and the trainer, which knows neither tokenizer nor runtime
// (docs/formats.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace memllm {

// A run of tokens that continues its parent after the parent's first `at` tokens. Segment 0 is the root (parent -1, at 0). Positions go on
// from the branching point; a token sees its own segment's earlier tokens, the parent's first `at` tokens, and so on up. A linear example
// has one segment.
struct ExampleSegment {
  int parent = -1;
  std::int32_t at = 0;
  // Tokens of the ancestors that this segment sees: the last `window` before the branching point; 0: all. (A pretext window.)
  std::int32_t window = 0;
  std::vector<std::int32_t> tokens;
  std::vector<float>
      weights;  // of the loss on predicting tokens[i]; 0: none; same length as tokens. tokens[0] of the root is never predicted.
};

struct Example {
  std::string name;  // for logs: the document's title
  std::vector<ExampleSegment> segments;
  std::size_t tokens() const;
  std::size_t loss_tokens() const;
};

struct ExampleFileHeader {
  std::string task;     // "write" or "read"
  std::string model;    // fingerprint of the GGUF whose tokenizer made the ids
  std::string source;   // what it was built from
  std::string options;  // of the builder, for the adapter's metadata
};

// JSON Lines: the header's line, then one example a line. Throws kIo, kCorrupt (with the line's number).
void write_examples(const std::filesystem::path& file, const ExampleFileHeader& header, const std::vector<Example>& examples);
struct ExampleFile {
  ExampleFileHeader header;
  std::vector<Example> examples;
};
ExampleFile read_examples(const std::filesystem::path& file);

}  // namespace memllm
