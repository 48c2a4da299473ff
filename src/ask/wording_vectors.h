// Vectors of relations' wordings. Those of the table are kept on disk: embedding them takes half a minute, and they change with the
// embedder only, so that set-up makes them (`memllm models --embed-wordings`).
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "embed/embedder.h"
#include "language/relation_wordings.h"
#include "memllm/options.h"

namespace memllm {

// The folder of share/memllm that holds what set-up made.
inline constexpr const char* kVectorsFolder = "vectors";

// Thread rule: the embedder's. Several processes may use one folder: the file is replaced as a whole, and who finds none makes it.
class WordingVectors {
 public:
  // Reads what the folders have for this embedder, one after the other until nothing is missing; a damaged file counts as none. Vectors
  // that are made are written to the first folder. Embedder and table must outlive this. REQUIRES: a folder.
  WordingVectors(Embedder& embedder, const WordingTable& table, std::span<const std::filesystem::path> folders, Logger logger);

  const WordingTable& table() const { return table_; }

  // Makes sure that the vectors of the table's relations are there, and on disk; to be called first. Throws kCancelled; what was embedded
  // is kept. A file that cannot be written is told to the logger.
  void prepare(const std::stop_token& stop);
  // Writes what is there to another folder. Throws kIo.
  void save(const std::filesystem::path& folder) const;
  // How people ask about a relation: its own wordings; or else generic ones, and those of the relation with wordings whose name and phrases
  // are like its name, if one is ("wife": those of "spouse").
  const std::vector<RelationWordings>& of(const std::string& relation);
  // Unit vector of a wording of these.
  std::span<const float> vector(const std::string& wording) const;
  // Of other texts, which are not kept; row-major.
  std::vector<float> embed(std::span<const std::string> texts) { return embedder_.embed(texts); }

 private:
  const RelationWordings* like(const RelationWordings& generic) const;
  bool load(const std::filesystem::path& file);
  std::vector<std::string> missing() const;  // of the table's wordings, sorted
  void embed_into(std::map<std::string, std::vector<float>, std::less<>>& vectors, std::span<const std::string> texts);

  Embedder& embedder_;
  const WordingTable& table_;
  std::filesystem::path folder_;
  Logger logger_;
  std::map<std::string, std::vector<float>, std::less<>> vectors_;        // of the table's relations
  std::map<std::string, std::vector<float>, std::less<>> other_vectors_;  // of other relations: never on disk
  std::map<std::string, std::vector<RelationWordings>> relations_;
};

}  // namespace memllm
