#include "vectors/hnsw_graph.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <unordered_map>

#include "base/dot.h"

// Without the macro the header defines functions such as cpuid in the global namespace of every program that links this library.
#define NO_MANUAL_VECTORIZATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wreorder"
#include <hnswlib/hnswlib.h>
#pragma GCC diagnostic pop

namespace memllm {
namespace {

constexpr std::size_t kLinks = 16;             // M; level 0 has twice as many
constexpr std::size_t kBuildCandidates = 128;  // efConstruction
// Measured on 100,000 recombined names: the 30 nearest have recall .979 with 128, .992 with 256 (.986 after a quarter was replaced).
constexpr std::size_t kMinSearchCandidates = 512;
constexpr std::size_t kFirstCapacity = 1024;
constexpr int kMaxLevel = 64;  // levels are exponentially rare: log16 of the size; more is damage
constexpr std::uint32_t kQueryNode = 0xffffffff;

// Node data is the row's number; kQueryNode stands for the vector that is searched for.
class RowSpace final : public hnswlib::SpaceInterface<float> {
 public:
  explicit RowSpace(const VectorRows& rows) : rows_(rows) {}
  void set_query(const float* query) { query_ = query; }

  std::size_t get_data_size() override { return sizeof(std::uint32_t); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return this; }

 private:
  const float* vector(const void* node) const {
    std::uint32_t row = 0;
    std::memcpy(&row, node, sizeof row);
    return row == kQueryNode ? query_ : rows_.row(row);
  }
  static float distance(const void* a, const void* b, const void* space) {
    const auto& self = *static_cast<const RowSpace*>(space);
    return 1.0F - dot(self.vector(a), self.vector(b), self.rows_.dimension());
  }

  const VectorRows& rows_;
  const float* query_ = nullptr;
};

using Hnsw = hnswlib::HierarchicalNSW<float>;

}  // namespace

struct HnswGraph::Impl {
  Impl(const VectorRows& rows, std::size_t capacity)
      : space(rows), hnsw(&space, capacity, kLinks, kBuildCandidates, /*random_seed=*/100 + capacity) {
    hnsw.setEf(kMinSearchCandidates);
  }

  bool load_node(CheckedReader& in, std::uint32_t node, std::size_t nodes);
  bool links_are_sound() const;
  bool list_is_sound(std::uint32_t node, int level) const;

  RowSpace space;
  Hnsw hnsw;
};

HnswGraph::HnswGraph(const VectorRows& rows) : rows_(rows) {}
HnswGraph::~HnswGraph() = default;

std::size_t HnswGraph::size() const { return impl_ ? impl_->hnsw.cur_element_count : 0; }

void HnswGraph::clear() { impl_.reset(); }

void HnswGraph::add_next_row() {
  if (!impl_) impl_ = std::make_unique<Impl>(rows_, kFirstCapacity);
  Hnsw& hnsw = impl_->hnsw;
  if (hnsw.cur_element_count == hnsw.max_elements_) hnsw.resizeIndex(2 * hnsw.max_elements_);
  const auto row = static_cast<std::uint32_t>(size());
  hnsw.addPoint(&row, row);
}

std::vector<std::uint32_t> HnswGraph::nearest(std::span<const float> query, std::size_t k) const {
  if (!impl_) return {};
  impl_->space.set_query(query.data());
  auto found = impl_->hnsw.searchKnn(&kQueryNode, k);
  std::vector<std::uint32_t> rows(found.size());
  for (std::size_t i = rows.size(); i > 0; found.pop()) rows[--i] = static_cast<std::uint32_t>(found.top().second);
  return rows;
}

// i32 levels - 1, u32 entry node, then for each node: i32 level, the links of each level from 0 as u32 count and count × u32 node.
void HnswGraph::save(CheckedWriter& out) const {
  if (!impl_) return;
  const Hnsw& hnsw = impl_->hnsw;
  out.write(static_cast<std::int32_t>(hnsw.maxlevel_));
  out.write(static_cast<std::uint32_t>(hnsw.enterpoint_node_));
  for (std::uint32_t node = 0; node < size(); ++node) {
    const std::int32_t top = hnsw.element_levels_[node];
    out.write(top);
    for (int level = 0; level <= top; ++level) {
      auto* list = hnsw.get_linklist_at_level(node, level);
      const std::uint32_t count = hnsw.getListCount(list);
      out.write(count);
      out.write(list + 1, count * sizeof(std::uint32_t));
    }
  }
}

bool HnswGraph::Impl::load_node(CheckedReader& in, std::uint32_t node, std::size_t nodes) {
  std::int32_t top = 0;
  if (!in.read(top) || top < 0 || top > hnsw.maxlevel_) return false;
  char* memory = hnsw.data_level0_memory_ + node * hnsw.size_data_per_element_;
  std::memset(memory, 0, hnsw.size_data_per_element_);
  std::memcpy(hnsw.getDataByInternalId(node), &node, sizeof node);
  hnsw.setExternalLabel(node, node);
  hnsw.label_lookup_[node] = node;
  hnsw.element_levels_[node] = top;
  if (top > 0) {
    hnsw.linkLists_[node] = static_cast<char*>(std::calloc(top, hnsw.size_links_per_element_));
    if (hnsw.linkLists_[node] == nullptr) {
      hnsw.element_levels_[node] = 0;
      throw std::bad_alloc();
    }
  }
  hnsw.cur_element_count = node + 1;
  for (int level = 0; level <= top; ++level) {
    std::uint32_t count = 0;
    if (!in.read(count) || count > (level == 0 ? hnsw.maxM0_ : hnsw.maxM_)) return false;
    auto* list = hnsw.get_linklist_at_level(node, level);
    hnsw.setListCount(list, static_cast<unsigned short>(count));
    if (!in.read(list + 1, count * sizeof(std::uint32_t))) return false;
    if (std::any_of(list + 1, list + 1 + count, [nodes](std::uint32_t link) { return link >= nodes; })) return false;
  }
  return true;
}

bool HnswGraph::Impl::list_is_sound(std::uint32_t node, int level) const {
  auto* list = hnsw.get_linklist_at_level(node, level);
  return std::all_of(list + 1, list + 1 + hnsw.getListCount(list), [&](std::uint32_t link) { return hnsw.element_levels_[link] >= level; });
}

// A link must lead to a node that has the link's level: hnswlib follows it without looking.
bool HnswGraph::Impl::links_are_sound() const {
  for (std::uint32_t node = 0; node < hnsw.cur_element_count; ++node) {
    for (int level = 1; level <= hnsw.element_levels_[node]; ++level) {
      if (!list_is_sound(node, level)) return false;
    }
  }
  return hnsw.element_levels_[hnsw.enterpoint_node_] == hnsw.maxlevel_;
}

bool HnswGraph::load(CheckedReader& in, std::size_t nodes) {
  impl_.reset();
  if (nodes == 0) return true;
  std::int32_t max_level = 0;
  std::uint32_t entry = 0;
  // A node takes at least its level and one count.
  if (!in.read(max_level) || !in.read(entry) || max_level < 0 || max_level > kMaxLevel || entry >= nodes || nodes > in.remaining() / 8) {
    return false;
  }
  auto loaded = std::make_unique<Impl>(rows_, std::max(nodes, kFirstCapacity));
  loaded->hnsw.maxlevel_ = max_level;
  loaded->hnsw.enterpoint_node_ = entry;
  for (std::uint32_t node = 0; node < nodes; ++node) {
    if (!loaded->load_node(in, node, nodes)) return false;
  }
  if (!loaded->links_are_sound()) return false;
  impl_ = std::move(loaded);
  return true;
}

}  // namespace memllm
