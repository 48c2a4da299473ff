#include <CLI/CLI.hpp>

#include "command/command.h"

namespace memllm::cli {

void add_write_options(CLI::App& command, WriteOptions& options) {
  command.add_option("--more-facts", options.more_facts, "a call goes on at most so many times where the model would end it")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command
      .add_option("--close-probability", options.close_probability, "not where the model ends it with at least this probability; 0: never")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--min-score", options.min_mean_log_probability,
                  "facts with a lower mean log-probability (natural, ≤ 0) wait for `facts accept`; -1e9: none does")
      ->capture_default_str();
  command
      .add_option("--min-judgement", options.min_judgement,
                  "with an answer adapter: facts whose object the model, asked for it, finds a less likely answer than this (log-odds, "
                  "natural) wait, too; -1e9: none does")
      ->capture_default_str();
  command.add_option("--late-stopping", options.late_stopping, "stops in a row without a better one; 0: plain greedy")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command.add_flag_callback(
      "--free-decoding", [&options] { options.decoding = Decoding::kFree; }, "do not enforce the form of calls (for measuring)");
  command.add_flag_callback(
      "--open-relations", [&options] { options.open_relations = true; },
      "write relations that neither the memory has nor memllm has wordings of, too");
  command.add_flag_callback(
      "--end-at-strange-names", [&options] { options.end_at_strange_names = true; },
      "end a call at a name that is not in the text, instead of dropping that fact: fewer facts, of which more are right");
}

}  // namespace memllm::cli
