// The names of a name space as vectors: made when first needed, kept in the database, searched through an index beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/name.h"
#include "memllm/options.h"
#include "sql/sqlite.h"
#include "store/store.h"
#include "vectors/vector_index.h"

namespace memllm {

// What a vector belongs to: a row of entity_names, or of relations.
enum class NameKind { kEntityName = 0, kRelation = 1 };

// Thread rule: one thread at a time.
class NameVectors {
 public:
  NameVectors(sqlite::Database& database, std::int64_t name_space, const StoreOptions& options);
  ~NameVectors();  // saves the indices when much changed
  NameVectors(const NameVectors&) = delete;
  NameVectors& operator=(const NameVectors&) = delete;

  // Whether there is an embedder at all.
  bool enabled() const { return static_cast<bool>(embedding_.embed); }
  // Embeds the names that have no vector yet and brings the indices up to date with the database. REQUIRES: enabled, no open transaction.
  void refresh();
  // The stored vector of the name, or a new one.
  std::vector<float> vector_of(NameKind kind, const Name& name);
  // REQUIRES: refresh() before.
  std::vector<Neighbour> near(NameKind kind, std::span<const float> vector, double threshold, std::size_t limit) const;

  // To be called in the transaction that removes or changes the name.
  void remove(NameKind kind, std::int64_t id);
  // Drops the vectors and indices of the name space and, with an embedder, makes them anew and saves the indices.
  void rebuild();
  // Drops the index files and what is loaded of them; they come back from the database.
  void drop_files();
  // Vectors of wrong size or norm, and differences between index files and database. REQUIRES: no open transaction.
  void verify(std::vector<std::string>& problems);

 private:
  struct Shelf {  // one kind's index
    std::optional<VectorIndex> index;
    std::int64_t watermark = 0;  // the newest vector change that the index holds
    std::size_t unsaved = 0;
  };
  struct Pending {
    std::int64_t id = 0;
    std::string text;
  };
  std::filesystem::path file(NameKind kind) const;
  std::vector<Pending> pending(NameKind kind);
  void check_embedder();  // in a transaction. Throws kConflict: the memory was given another one since it was opened
  void embed_pending(NameKind kind);
  void catch_up(NameKind kind);
  void load_or_rebuild(NameKind kind, std::int64_t latest);
  void save(NameKind kind);
  void save_if_much_changed(NameKind kind);
  void verify_vectors(NameKind kind, std::vector<std::string>& problems);
  void verify_index(NameKind kind, std::vector<std::string>& problems);
  bool is_usable(std::span<const float> vector) const;  // damaged vectors are left out of the index, and reported by verify
  std::vector<float> stored(NameKind kind, std::int64_t id);
  Shelf& shelf(NameKind kind) { return shelves_[static_cast<std::size_t>(kind)]; }

  sqlite::Database& database_;
  std::int64_t name_space_;
  const StoreOptions& options_;
  const NameEmbedding& embedding_;
  Shelf shelves_[2];
};

// The text that stands for a relation: its template with the name for "{}", or the name.
std::string relation_text(const std::string& embedding_template, const std::string& name);

}  // namespace memllm
