#include <CLI/CLI.hpp>

#include "command/command.h"

namespace memllm::cli {

void add_query_options(CLI::App& command, ReadOptions& options) {
  command.add_flag("--answerable-only,!--no-answerable-only", options.answerable_only,
                   "ask only what the memory can answer about the names in the text");
  command
      .add_option("--min-queries", options.min_queries,
                  "with --answerable-only: queries in one call, where the memory can answer so many; 1: the model decides")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.add_option("--min-query-probability", options.min_query_probability, "drop calls whose query is less probable")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

void add_result_options(CLI::App& command, ReadOptions& options) {
  command
      .add_option("--result-weight", options.result_weight,
                  "how much a call's result counts until text has followed it; 1: text always follows it")
      ->check(CLI::Range(0.001, 1.0))
      ->capture_default_str();
  command.add_flag("--repeated-calls,!--no-repeated-calls", options.repeated_calls,
                   "with --result-weight below 1: a call may ask what the last one asked");
}

void add_read_options(CLI::App& command, ReadOptions& options) {
  command.add_option("--max-tokens", options.max_new_tokens, "tokens of text at most")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command
      .add_option("--repetition-penalty", options.repetition_penalty,
                  "how much less likely text gets that goes on as it did before (logits; it grows with what is repeated); 0: none")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command.add_option("--max-results", options.max_results, "more answers of the memory than this are too broad")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command.add_option("--max-queries", options.max_queries, "queries in one call, where the model decides")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command
      .add_option("--call-threshold", options.call_threshold,
                  "read also where its probability is at least this; 0: only where it is the best token")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--temperature", options.temperature, "0: the most probable token")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "of sampling, where the temperature is above 0")->capture_default_str();
  add_query_options(command, options);
  add_result_options(command, options);
  command.add_flag_callback(
      "--free-decoding", [&options] { options.decoding = Decoding::kFree; }, "do not enforce the form of calls (for measuring)");
}

}  // namespace memllm::cli
