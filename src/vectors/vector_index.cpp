#include "vectors/vector_index.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/dot.h"
#include "memllm/error.h"
#include "vectors/checked_file.h"
#include "vectors/hnsw_graph.h"
#include "vectors/vector_rows.h"

namespace memllm {
namespace {

// File, version 1, little-endian: the header's fields in order, then ids (i64 × rows), removed (u8 × rows), vectors (f32 × rows ×
// dimension), the graph (hnsw_graph.cpp) if it has nodes, and XXH3-64 of everything before it.
constexpr std::array<char, 8> kMagic = {'M', 'L', 'L', 'M', 'V', 'I', 'D', 'X'};
constexpr std::uint32_t kVersion = 1;

// Rows that one change moves into the graph. Building it at once where the index outgrows the linear scan would stop a writer for 10 s.
constexpr std::size_t kGraphRowsPerChange = 8;
constexpr std::size_t kFirstNeighbours = 64;
// A search for more than this part of the graph is slower than a scan.
constexpr std::size_t kScanFraction = 8;

bool better(const Neighbour& a, const Neighbour& b) { return a.similarity != b.similarity ? a.similarity > b.similarity : a.id < b.id; }

std::vector<Neighbour> best(std::vector<Neighbour> found, std::size_t limit) {
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(limit, found.size()));
  std::partial_sort(found.begin(), end, found.end(), better);
  found.erase(end, found.end());
  return found;
}

}  // namespace

// Rows [0, graph.size()) are in the graph and never change: a vector removed or replaced there is only marked, and leaves when marks
// outnumber the rest. The rows after them are scanned.
struct VectorIndex::Impl {
  explicit Impl(std::size_t dimension) : rows(dimension), graph(rows) {}

  std::size_t live() const { return row_of.size(); }
  void append(std::int64_t id, std::span<const float> vector);
  void drop(std::unordered_map<std::int64_t, std::uint32_t>::iterator entry);
  void compact();
  void grow_graph();
  void scan(std::size_t first_row, std::span<const float> query, float threshold, std::vector<Neighbour>& found) const;
  bool collect(std::uint32_t row, std::span<const float> query, float threshold, std::vector<Neighbour>& found) const;
  bool load(CheckedReader& in, std::uint64_t row_count, std::uint64_t graph_rows);
  void check(std::span<const float> vector) const;

  VectorRows rows;
  std::vector<std::int64_t> ids;      // of each row
  std::vector<std::uint8_t> removed;  // 1: the row's vector is no longer in the index
  std::unordered_map<std::int64_t, std::uint32_t> row_of;
  HnswGraph graph;
};

void VectorIndex::Impl::check(std::span<const float> vector) const {
  if (vector.size() == rows.dimension()) return;
  throw Error(ErrorKind::kInvalidArgument, "a vector of " + std::to_string(vector.size()) + " numbers was given to an index of dimension " +
                                               std::to_string(rows.dimension()) + "; use the embedder that the memory was made with");
}

void VectorIndex::Impl::append(std::int64_t id, std::span<const float> vector) {
  row_of[id] = static_cast<std::uint32_t>(ids.size());
  rows.append(vector);
  ids.push_back(id);
  removed.push_back(0);
}

void VectorIndex::Impl::drop(std::unordered_map<std::int64_t, std::uint32_t>::iterator entry) {
  const std::uint32_t row = entry->second;
  row_of.erase(entry);
  if (row < graph.size()) {
    removed[row] = 1;
    if (live() <= kBruteForceLimit / 2 || ids.size() > 2 * live()) compact();
    return;
  }
  const auto last = static_cast<std::uint32_t>(ids.size() - 1);
  if (row != last) {
    std::copy_n(rows.row(last), rows.dimension(), rows.mutable_row(row).begin());
    ids[row] = ids[last];
    row_of[ids[row]] = row;
  }
  rows.resize(last);
  ids.resize(last);
  removed.resize(last);
}

// Forgets the graph and the removed rows; later changes build the graph again, if it is still wanted.
void VectorIndex::Impl::compact() {
  graph.clear();
  std::size_t kept = 0;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (removed[row]) continue;
    std::copy_n(rows.row(row), rows.dimension(), rows.mutable_row(kept).begin());
    ids[kept] = ids[row];
    row_of[ids[kept]] = static_cast<std::uint32_t>(kept);
    ++kept;
  }
  rows.resize(kept);
  ids.resize(kept);
  removed.assign(kept, 0);
}

void VectorIndex::Impl::grow_graph() {
  if (live() <= kBruteForceLimit) return;
  for (std::size_t i = 0; i < kGraphRowsPerChange && graph.size() < ids.size(); ++i) graph.add_next_row();
}

// True if the row is in the index and near enough.
bool VectorIndex::Impl::collect(std::uint32_t row, std::span<const float> query, float threshold, std::vector<Neighbour>& found) const {
  if (removed[row]) return false;
  const float similarity = std::clamp(dot(query.data(), rows.row(row), rows.dimension()), -1.0F, 1.0F);
  if (!(similarity >= threshold)) return false;
  found.push_back({ids[row], similarity});
  return true;
}

void VectorIndex::Impl::scan(std::size_t first_row, std::span<const float> query, float threshold, std::vector<Neighbour>& found) const {
  for (std::size_t row = first_row; row < ids.size(); ++row) collect(static_cast<std::uint32_t>(row), query, threshold, found);
}

bool VectorIndex::Impl::load(CheckedReader& in, std::uint64_t row_count, std::uint64_t graph_rows) {
  const std::uint64_t bytes_per_row = sizeof(std::int64_t) + 1 + sizeof(float) * rows.dimension();
  if (row_count > in.remaining() / bytes_per_row || row_count > 0xfffffff0U || graph_rows > row_count) return false;
  rows.resize(row_count);
  ids.resize(row_count);
  removed.resize(row_count);
  if (!in.read(ids.data(), row_count * sizeof(std::int64_t)) || !in.read(removed.data(), row_count) ||
      !in.read(rows.values().data(), rows.values().size_bytes()) || !graph.load(in, graph_rows) || !in.finish()) {
    return false;
  }
  row_of.reserve(row_count);
  for (std::uint32_t row = 0; row < row_count; ++row) {
    if (removed[row]) continue;
    if (!row_of.emplace(ids[row], row).second) return false;
  }
  return true;
}

VectorIndex::VectorIndex(std::size_t dimension) {
  if (dimension == 0) throw Error(ErrorKind::kInvalidArgument, "a vector index needs a dimension of at least 1");
  impl_ = std::make_unique<Impl>(dimension);
}
VectorIndex::~VectorIndex() = default;
VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;
VectorIndex& VectorIndex::operator=(VectorIndex&&) noexcept = default;

std::size_t VectorIndex::size() const { return impl_->live(); }

void VectorIndex::add(std::int64_t id, std::span<const float> vector) {
  impl_->check(vector);
  const float norm = std::sqrt(dot(vector.data(), vector.data(), vector.size()));
  if (!(std::abs(norm - 1.0F) < 0.01F)) {
    throw Error(ErrorKind::kInvalidArgument, "a vector of norm " + std::to_string(norm) + " was given to the index, which needs norm 1");
  }
  const auto present = impl_->row_of.find(id);
  if (present != impl_->row_of.end()) {
    const float* old = impl_->rows.row(present->second);
    if (std::equal(vector.begin(), vector.end(), old)) return;
    impl_->drop(present);
  }
  impl_->append(id, vector);
  impl_->grow_graph();
}

void VectorIndex::remove(std::int64_t id) {
  const auto present = impl_->row_of.find(id);
  if (present == impl_->row_of.end()) return;
  impl_->drop(present);
  impl_->grow_graph();
}

std::vector<Neighbour> VectorIndex::within_exact(std::span<const float> query, float threshold, std::size_t limit) const {
  impl_->check(query);
  std::vector<Neighbour> found;
  impl_->scan(0, query, threshold, found);
  return best(std::move(found), limit);
}

std::vector<Neighbour> VectorIndex::within(std::span<const float> query, float threshold, std::size_t limit) const {
  impl_->check(query);
  const std::size_t nodes = impl_->graph.size();
  if (nodes == 0 || size() <= kBruteForceLimit || !std::isfinite(dot(query.data(), query.data(), query.size()))) {
    return within_exact(query, threshold, limit);
  }
  std::vector<Neighbour> found;
  for (std::size_t k = kFirstNeighbours; k <= nodes / kScanFraction; k *= 2) {
    found.clear();
    const std::vector<std::uint32_t> rows = impl_->graph.nearest(query, k);
    for (const std::uint32_t row : rows) impl_->collect(row, query, threshold, found);
    const bool past_threshold = !rows.empty() && dot(query.data(), impl_->rows.row(rows.back()), query.size()) < threshold;
    // Twice the limit: the last few of k neighbours are the ones that an approximate search misses.
    if (past_threshold || found.size() / 2 >= limit) {
      impl_->scan(nodes, query, threshold, found);
      return best(std::move(found), limit);
    }
  }
  return within_exact(query, threshold, limit);
}

void VectorIndex::save(const std::filesystem::path& file, std::int64_t watermark) const {
  CheckedWriter out(file);
  out.write(kMagic);
  out.write(kVersion);
  out.write(static_cast<std::uint32_t>(impl_->rows.dimension()));
  out.write(static_cast<std::uint64_t>(impl_->ids.size()));
  out.write(static_cast<std::uint64_t>(impl_->graph.size()));
  out.write(watermark);
  out.write(impl_->ids.data(), impl_->ids.size() * sizeof(std::int64_t));
  out.write(impl_->removed.data(), impl_->removed.size());
  out.write(impl_->rows.values().data(), impl_->rows.values().size_bytes());
  impl_->graph.save(out);
  out.commit();
}

std::optional<VectorIndex::Loaded> VectorIndex::load(const std::filesystem::path& file, std::size_t dimension) {
  CheckedReader in(file);
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  std::uint32_t file_dimension = 0;
  std::uint64_t row_count = 0;
  std::uint64_t graph_rows = 0;
  std::int64_t watermark = 0;
  if (!in.read(magic) || magic != kMagic || !in.read(version) || version != kVersion || !in.read(file_dimension) ||
      file_dimension != dimension || !in.read(row_count) || !in.read(graph_rows) || !in.read(watermark)) {
    return std::nullopt;
  }
  VectorIndex index(dimension);
  if (!index.impl_->load(in, row_count, graph_rows)) return std::nullopt;
  return Loaded{std::move(index), watermark};
}

}  // namespace memllm
