#include "eval/document_memories.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <unordered_set>

#include "base/name.h"
#include "base/scratch_folder.h"
#include "memllm/error.h"
#include "memllm/memory.h"

namespace memllm {
namespace {

// A memory in a temporary folder.
struct Scratch : std::enable_shared_from_this<Scratch> {
  FactsOf facts;
  MemoryOptions options;
  ScratchFolder folder;
  std::size_t name_spaces = 0;
  std::unique_ptr<Memory> memory;

  // Closes what was open and opens an empty name space with the facts.
  void fill(const DocumentFacts& known);
  // Of the memory that is open when it is asked.
  MemoryView view();
};

void Scratch::fill(const DocumentFacts& known) {
  memory.reset();
  options.folder = folder.path();
  options.name_space = "documents-" + std::to_string(++name_spaces);
  memory = std::make_unique<Memory>(Memory::open(options));
  add_facts(*memory, known);
}

MemoryView Scratch::view() {
  return {[self = shared_from_this()](const Query& query) { return self->memory->query(query); },
          [self = shared_from_this()](const std::string& text) { return self->memory->answerable(text); }};
}

std::shared_ptr<Scratch> scratch_of(FactsOf facts, const MemoryOptions& options) {
  auto scratch = std::make_shared<Scratch>();
  scratch->facts = std::move(facts);
  scratch->options = options;
  return scratch;
}

}  // namespace

DocumentFacts facts_of_all(const FactsOf& facts, std::span<const DocRedDocument> documents) {
  DocumentFacts all;
  std::map<Name, std::set<Name>> entities;  // by alias
  for (const DocRedDocument& document : documents) {
    DocumentFacts known = facts(document);
    std::move(known.triples.begin(), known.triples.end(), std::back_inserter(all.triples));
    for (auto& [entity, alias] : known.aliases) {
      entities[Name(alias)].insert(Name(entity));
      all.aliases.emplace_back(std::move(entity), std::move(alias));
    }
  }
  std::erase_if(all.aliases, [&](const auto& alias) { return entities[Name(alias.second)].size() > 1; });
  return all;
}

void add_facts(Memory& memory, const DocumentFacts& facts) {
  std::vector<Statement> statements;
  std::unordered_set<std::string> names;
  for (const Triple& triple : facts.triples) {
    Statement statement;
    statement.triple = triple;
    statement.source.author = "evaluation";
    statements.push_back(std::move(statement));
    names.insert(triple.subject);
    names.insert(triple.object);
  }
  if (!statements.empty()) memory.add(statements);
  for (const auto& [entity, alias] : facts.aliases) {
    if (names.contains(entity) && !names.contains(alias)) memory.add_alias(entity, alias);
  }
}

DocumentMemory gold_memory(const DocumentMemoryOptions& options) {
  return [options](const DocRedDocument& document) { return MemoryView{document_query(document, options), {}}; };
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

FactsOf written_facts(WritingParts parts, const WriteOptions& options, std::size_t context_tokens) {
  auto known = std::make_shared<std::map<std::string, DocumentFacts>>();  // by text: several evaluations write a document once
  return [known, parts = std::move(parts), options, context_tokens](const DocRedDocument& document) {
    const Document text = document.to_document();
    const auto [entry, is_new] = known->try_emplace(text.text);
    if (is_new) {
      const auto written = write_documents(parts, std::span(&text, 1), options, context_tokens);
      for (const LearnedFact& fact : written[0].facts) entry->second.triples.push_back(fact.triple);
    }
    return entry->second;
  };
}

FactsOf logged_facts(const std::filesystem::path& log) {
  std::ifstream in(log);
  if (!in) throw Error(ErrorKind::kNotFound, log.string() + " cannot be read; memllm eval writing --details makes it");
  auto known = std::make_shared<std::map<std::string, DocumentFacts>>();
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (++number == 1) continue;  // the settings
    try {
      const auto json = nlohmann::json::parse(line);
      DocumentFacts& facts = (*known)[json.at("title").get<std::string>()];
      for (const auto& fact : json.at("facts")) {
        facts.triples.push_back(
            {fact.at("subject").get<std::string>(), fact.at("relation").get<std::string>(), fact.at("object").get<std::string>()});
      }
    } catch (const nlohmann::json::exception&) {
      throw Error(ErrorKind::kInvalidArgument,
                  log.string() + ":" + std::to_string(number) + " is no document's facts; memllm eval writing --details makes such a file");
    }
  }
  return [known, log](const DocRedDocument& document) {
    const auto facts = known->find(document.title);
    if (facts == known->end()) {
      throw Error(ErrorKind::kNotFound,
                  log.string() + " has no facts of \"" + document.title + "\"; run memllm eval writing --details on it");
    }
    return facts->second;
  };
}

DocumentMemory scratch_memory(FactsOf facts, const MemoryOptions& options) {
  return [scratch = scratch_of(std::move(facts), options)](const DocRedDocument& document) {
    scratch->fill(scratch->facts(document));
    return scratch->view();
  };
}

DocumentMemory common_memory(FactsOf facts, std::span<const DocRedDocument> documents, const MemoryOptions& options) {
  return [scratch = scratch_of(std::move(facts), options), documents](const DocRedDocument&) {
    if (!scratch->memory) scratch->fill(facts_of_all(scratch->facts, documents));
    return scratch->view();
  };
}

}  // namespace memllm
