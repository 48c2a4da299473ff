#include "eval/document_memories.h"

#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <unordered_set>

#include "memllm/error.h"
#include "memllm/memory.h"

namespace memllm {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
      path_ = std::filesystem::temp_directory_path() / ("memllm-eval-" + std::to_string(random()) + std::to_string(random()));
      if (std::filesystem::create_directory(path_)) return;
    }
    throw Error(ErrorKind::kIo, "cannot make a temporary folder in " + std::filesystem::temp_directory_path().string());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The memory of the document at work; the previous one is closed first.
struct Scratch {
  FactsOf facts;
  MemoryOptions options;
  TemporaryFolder folder;
  std::size_t documents = 0;
  std::unique_ptr<Memory> memory;

  void fill(const DocRedDocument& document);
};

void Scratch::fill(const DocRedDocument& document) {
  const DocumentFacts known = facts(document);
  memory.reset();
  options.folder = folder.path();
  options.name_space = "document-" + std::to_string(++documents);
  memory = std::make_unique<Memory>(Memory::open(options));
  std::vector<Statement> statements;
  std::unordered_set<std::string> names;
  for (const Triple& triple : known.triples) {
    Statement statement;
    statement.triple = triple;
    statement.source.author = "evaluation";
    statements.push_back(std::move(statement));
    names.insert(triple.subject);
    names.insert(triple.object);
  }
  if (!statements.empty()) memory->add(statements);
  for (const auto& [entity, alias] : known.aliases) {
    if (names.contains(entity) && !names.contains(alias)) memory->add_alias(entity, alias);
  }
}

}  // namespace

DocumentMemory gold_memory(const DocumentMemoryOptions& options) {
  return [options](const DocRedDocument& document) { return document_query(document, options); };
}

DocumentFacts gold_facts(const DocRedDocument& document) {
  DocumentFacts facts;
  for (const auto& entity : document.entities) {
    for (const DocRedMention& mention : entity) {
      if (mention.name != entity.front().name) facts.aliases.emplace_back(entity.front().name, mention.name);
    }
  }
  for (const DocRedLabel& label : document.labels) {
    facts.triples.push_back({document.entities.at(static_cast<std::size_t>(label.head)).at(0).name, label.relation,
                             document.entities.at(static_cast<std::size_t>(label.tail)).at(0).name});
  }
  return facts;
}

FactsOf written_facts(WriteFunction write, const CallFormat& format, const WriteOptions& options, std::size_t context_tokens) {
  auto known = std::make_shared<std::map<std::string, DocumentFacts>>();  // by text: several evaluations write a document once
  return [known, write = std::move(write), format, options, context_tokens](const DocRedDocument& document) {
    const Document text = document.to_document();
    const auto [entry, is_new] = known->try_emplace(text.text);
    if (is_new) {
      const auto written = write_documents(write, format, std::span(&text, 1), options, context_tokens);
      for (const LearnedFact& fact : written[0].facts) entry->second.triples.push_back(fact.triple);
    }
    return entry->second;
  };
}

DocumentMemory scratch_memory(FactsOf facts, const MemoryOptions& options) {
  auto scratch = std::make_shared<Scratch>();
  scratch->facts = std::move(facts);
  scratch->options = options;
  return [scratch](const DocRedDocument& document) -> QueryFunction {
    scratch->fill(document);
    return [scratch](const Query& query) { return scratch->memory->query(query); };
  };
}

}  // namespace memllm
