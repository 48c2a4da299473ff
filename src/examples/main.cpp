// memllm-examples: DocRED documents to the trainer's example files.
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <sstream>

#include "documents/docred.h"
#include "examples/answer_examples.h"
#include "examples/counterfactual.h"
#include "examples/document_memory.h"
#include "examples/example_builder.h"
#include "llm/llama_model.h"
#include "memllm/error.h"
#include "memllm/memory.h"

namespace {

using namespace memllm;

struct Arguments {
  std::string language, docs, out, memory, statements, unevidenced = "every", order = "text", empty = "target";
  std::string forbidden;
  std::size_t limit = 0, skip = 0, questions = 0, variants = 0;
  bool gold = false, originals = true;
  double drop = 0.1;
  ModelOptions model;
  MemoryOptions memory_options;
  WriteExampleOptions write;
  ReadExampleOptions read;
  std::vector<std::string> passages;
  AnswerExampleOptions answer;
};

void add_model(CLI::App& command, Arguments& arguments) {
  command.add_option("--model", arguments.model.model, "base model, GGUF: its tokenizer makes the ids")->required();
  command.add_option("--out", arguments.out, "example file, JSONL")->required();
  command.add_option("--language", arguments.language, "language pack: a folder, or a name under share/memllm/lang");
  command.add_option("--seed", arguments.read.seed, "of every random choice");
  command.add_option("--marker-open", arguments.model.marker_open, "token that opens a call");
  command.add_option("--marker-close", arguments.model.marker_close, "token that closes a call");
  command.add_option("--marker-arrow", arguments.model.marker_arrow, "token before the result");
  command.add_option("--separator-field", arguments.model.separator_field, "token between the parts of a triple");
  command.add_option("--separator-item", arguments.model.separator_item, "token between triples");
}

void add_common(CLI::App& command, Arguments& arguments) {
  command.add_option("--docs", arguments.docs, "documents, DocRED JSON")->required();
  add_model(command, arguments);
  command.add_option("--skip", arguments.skip, "leave out the first N documents");
  command.add_option("--limit", arguments.limit, "at most N documents; 0: all");
  command.add_option("--variants", arguments.variants, "of each document, so many that say of other entities what it says");
  command.add_flag("!--variants-only", arguments.originals, "leave the documents themselves out");
  command.add_option("--forbidden", arguments.forbidden, "documents, DocRED JSON: no variant may hold a labelled pair of theirs");
}

void add_answer(CLI::App& command, Arguments& arguments) {
  add_model(command, arguments);
  command.add_option("--passages", arguments.passages, "passages with questions, JSON Lines (docs/formats.md)")->required();
  command.add_option("--questions", arguments.answer.questions, "questions that share one context")->check(CLI::PositiveNumber);
  command.add_option("--keep", arguments.answer.keep, "share of a passage's other sentences that stand in the context")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--drop-answer", arguments.answer.drop_answer, "share of the questions whose sentences are left out")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--others", arguments.answer.others, "other passages of which a few sentences stand there, at most");
}

void add_read(CLI::App& command, Arguments& arguments) {
  auto* memory = command.add_option("--memory", arguments.memory, "memory that gives the results, as filled by the write model");
  auto* gold = command.add_flag("--gold", arguments.gold, "each document's own labels give the results");
  memory->excludes(gold);
  command.add_option("--drop", arguments.drop, "with --gold: share of the labels that are missing")->check(CLI::Range(0.0, 1.0));
  command.add_option("--embedder", arguments.memory_options.embedder, "with --memory: the memory's embedder, GGUF");
  command.add_option("--name-space", arguments.memory_options.name_space, "with --memory: the name space to read");
  command.add_option("--drop-call", arguments.read.drop_call, "share of the calls that are left out")->check(CLI::Range(0.0, 1.0));
  command.add_option("--more-queries", arguments.read.more_queries, "share of the calls that ask more than what leads to the target")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--wrong-result", arguments.read.wrong_result, "share of the calls that return other names")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--text-loss", arguments.read.text_loss, "share of the running text's tokens that carry loss, weighted up")
      ->check(CLI::Range(0.01, 1.0));
  command.add_option("--call-weight", arguments.read.call_weight, "of the loss on a call's tokens behind \"({\", against 1 on the text's")
      ->check(CLI::PositiveNumber);
  command.add_option("--empty", arguments.empty, "where all results are empty: return the target, or make no call")
      ->check(CLI::IsMember({"target", "keep"}));
}

std::vector<DocRedDocument> chosen_documents(const Arguments& arguments, const Language& language) {
  auto documents = read_docred(arguments.docs, language.relations.names_by_id());
  documents.erase(documents.begin(), documents.begin() + static_cast<std::ptrdiff_t>(std::min(arguments.skip, documents.size())));
  if (arguments.limit > 0 && documents.size() > arguments.limit) documents.resize(arguments.limit);
  if (documents.empty()) throw Error(ErrorKind::kInvalidArgument, "no document is left; lower --skip");
  return documents;
}

// The documents and their variants, those of a document together.
std::vector<DocRedDocument> with_variants(std::vector<DocRedDocument> documents, const Arguments& arguments, const Language& language) {
  if (arguments.variants == 0) {
    if (!arguments.originals) throw Error(ErrorKind::kInvalidArgument, "--variants-only needs --variants");
    return documents;
  }
  std::vector<DocRedDocument> forbidden, all;
  if (!arguments.forbidden.empty()) forbidden = read_docred(arguments.forbidden, language.relations.names_by_id());
  const EntityPool pool(documents, forbidden);
  CounterfactualOptions options;
  options.seed = arguments.read.seed;
  for (DocRedDocument& document : documents) {
    for (std::size_t i = 1; i <= arguments.variants; ++i) {
      if (auto variant = pool.variant(document, i, options)) all.push_back(std::move(*variant));
    }
    if (arguments.originals) all.push_back(std::move(document));
  }
  return all;
}

std::vector<Example> build_write(const std::vector<DocRedDocument>& documents, const LanguageModel& model, const CallFormat& format,
                                 const Language& language, const Arguments& arguments) {
  std::vector<Example> examples;
  for (const DocRedDocument& document : documents) {
    examples.push_back(write_example(document, model, format, language, arguments.write));
    for (const StatedFacts& statement : question_statements(document, language, arguments.questions, arguments.read.seed)) {
      examples.push_back(write_example(statement, model, format, language, arguments.write));
    }
  }
  if (arguments.statements.empty()) return examples;
  for (const StatedFacts& statement : read_statements(arguments.statements)) {
    examples.push_back(write_example(statement, model, format, language, arguments.write));
  }
  return examples;
}

std::vector<Example> build_read(const std::vector<DocRedDocument>& documents, const LanguageModel& model, const CallFormat& format,
                                const Arguments& arguments) {
  std::optional<Memory> memory;
  if (!arguments.memory.empty()) {
    if (!std::filesystem::is_directory(arguments.memory)) throw Error(ErrorKind::kNotFound, arguments.memory + ": there is no such memory");
    MemoryOptions options = arguments.memory_options;
    options.folder = arguments.memory;
    options.language = arguments.language;
    memory.emplace(Memory::open(options));
  } else if (!arguments.gold) {
    throw Error(ErrorKind::kInvalidArgument, "say where results come from: --memory DIR or --gold");
  }
  std::vector<Example> examples;
  for (const DocRedDocument& document : documents) {
    QueryFunction query;
    if (memory) {
      query = [&memory](const Query& question) { return memory->query(question); };
    } else {
      query = document_query(document, {arguments.drop, arguments.read.seed, arguments.read.max_results});
    }
    examples.push_back(read_example(document, model, format, query, arguments.read));
  }
  return examples;
}

std::string options_text(const Arguments& arguments, bool write) {
  std::ostringstream text;
  text << "skip=" << arguments.skip << " limit=" << arguments.limit << " variants=" << arguments.variants
       << (arguments.originals ? "" : " only") << " seed=" << arguments.read.seed;
  if (write) {
    text << " statements=" << std::filesystem::path(arguments.statements).filename().string() << " questions=" << arguments.questions
         << " unevidenced=" << arguments.unevidenced << " order=" << arguments.order << " max_relations=" << arguments.write.max_relations
         << " max_pretext_sentences=" << arguments.write.max_pretext_sentences
         << " max_prompt_tokens=" << arguments.write.max_prompt_tokens;
  } else {
    text << " results=" << (arguments.gold ? "gold" : "memory") << " drop=" << (arguments.gold ? arguments.drop : 0)
         << " drop_call=" << arguments.read.drop_call << " wrong_result=" << arguments.read.wrong_result
         << " more_queries=" << arguments.read.more_queries << " text_loss=" << arguments.read.text_loss
         << " call_weight=" << arguments.read.call_weight << " empty=" << arguments.empty;
  }
  return text.str();
}

void report(const std::vector<Example>& examples, const std::string& file) {
  std::size_t tokens = 0, loss_tokens = 0, branches = 0;
  for (const Example& example : examples) {
    tokens += example.tokens();
    loss_tokens += example.loss_tokens();
    branches += example.segments.size() - 1;
  }
  std::cout << file << ": " << examples.size() << " examples, " << branches << " branches, " << tokens << " tokens, " << loss_tokens
            << " with loss\n";
}

void run_answer(Arguments& arguments) {
  const std::shared_ptr<const Language> language = load_language(arguments.language);
  std::vector<Passage> passages;
  std::string sources;
  for (const std::string& file : arguments.passages) {
    for (Passage& passage : read_passages(file)) passages.push_back(std::move(passage));
    sources += (sources.empty() ? "" : " ") + std::filesystem::path(file).filename().string();
  }
  LlamaModelOptions options;
  options.model = arguments.model.model;
  const std::shared_ptr<LanguageModel> model = load_llama_model(options);
  const CallFormat format(model, arguments.model);
  arguments.answer.seed = arguments.read.seed;
  const auto examples = answer_examples(passages, *model, format, *language, arguments.answer);
  std::ostringstream text;
  text << "questions=" << arguments.answer.questions << " keep=" << arguments.answer.keep << " drop_answer=" << arguments.answer.drop_answer
       << " others=" << arguments.answer.others << " seed=" << arguments.answer.seed;
  write_examples(arguments.out, {"answer", model->fingerprint(), sources, text.str()}, examples);
  report(examples, arguments.out);
}

void run(Arguments& arguments, bool write) {
  arguments.write.unevidenced = arguments.unevidenced == "once" ? UnevidencedLabels::kOnce : UnevidencedLabels::kEverySentence;
  arguments.write.order = arguments.order == "random" ? FactOrder::kRandom : FactOrder::kText;
  arguments.write.seed = arguments.read.seed;
  arguments.read.empty = arguments.empty == "keep" ? EmptyResults::kKeepEmpty : EmptyResults::kUseTarget;
  const std::shared_ptr<const Language> language = load_language(arguments.language);
  arguments.read.relations = &language->relations;
  const auto documents = with_variants(chosen_documents(arguments, *language), arguments, *language);
  LlamaModelOptions options;
  options.model = arguments.model.model;
  const std::shared_ptr<LanguageModel> model = load_llama_model(options);
  const CallFormat format(model, arguments.model);
  const auto examples =
      write ? build_write(documents, *model, format, *language, arguments) : build_read(documents, *model, format, arguments);
  const ExampleFileHeader header{write ? "write" : "read", model->fingerprint(), std::filesystem::path(arguments.docs).filename().string(),
                                 options_text(arguments, write)};
  write_examples(arguments.out, header, examples);
  report(examples, arguments.out);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Builds training examples for memllm-train from documents in DocRED format.");
  app.require_subcommand(1);
  Arguments arguments;
  CLI::App* write = app.add_subcommand("write", "examples of writing: sentence to facts");
  add_common(*write, arguments);
  write->add_option("--unevidenced", arguments.unevidenced, "a label without evidence is written once, or in every sentence that admits it")
      ->check(CLI::IsMember({"once", "every"}));
  write->add_option("--fact-order", arguments.order, "a sentence's facts in the order of the text, or at random")
      ->check(CLI::IsMember({"text", "random"}));
  write->add_option("--questions", arguments.questions, "of each document, so many labels as questions with their answers too");
  write->add_option("--statements", arguments.statements, "more short texts with their facts, JSON Lines (docs/formats.md)");
  CLI::App* read = app.add_subcommand("read", "examples of reading: text with calls to the memory");
  add_common(*read, arguments);
  add_read(*read, arguments);
  CLI::App* answer = app.add_subcommand("answer", "examples of answering from sentences");
  add_answer(*answer, arguments);
  CLI11_PARSE(app, argc, argv);
  if (answer->parsed()) {
    run_answer(arguments);
  } else {
    run(arguments, write->parsed());
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "memllm-examples: " << error.what() << '\n';
  return 1;
}
