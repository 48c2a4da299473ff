#include "ask/wording_vectors.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "base/cancellation.h"
#include "base/dot.h"
#include "memllm/error.h"
#include "vectors/checked_file.h"

namespace memllm {
namespace {

constexpr std::uint32_t kMagic = 0x77565601;  // and the format's version, in the last byte
constexpr std::size_t kBatch = 128;
constexpr std::size_t kMaxWordingBytes = 4'096;
// Mean of the cosines of names and phrases. With all-MiniLM-L6-v2: "wife" and "spouse" .89, "founded by" and "founder" .79, "birthday" and
// "date of birth" .77, "directed by" and "director" .68; nearest to "title" .66, "year" .65, "phone number" below .5.
constexpr double kMinLikeness = 0.68;

std::string file_name(const Embedder& embedder) { return "wordings-" + embedder.fingerprint() + ".vectors"; }

// Also its name.
std::vector<std::string> texts_of(const RelationWordings& relation) {
  std::vector<std::string> texts = {relation.relation};
  for (const auto& some : relation.texts) texts.insert(texts.end(), some.begin(), some.end());
  return texts;
}

}  // namespace

WordingVectors::WordingVectors(Embedder& embedder, const WordingTable& table, std::span<const std::filesystem::path> folders, Logger logger)
    : embedder_(embedder), table_(table), folder_(folders.front()), logger_(std::move(logger)) {
  for (const std::filesystem::path& folder : folders) {
    (void)load(folder / file_name(embedder_));
    if (missing().empty()) break;
  }
}

bool WordingVectors::load(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return false;
  CheckedReader in(file);
  std::uint32_t magic = 0, dimension = 0, count = 0;
  if (!in.read(magic) || !in.read(dimension) || !in.read(count) || magic != kMagic || dimension != embedder_.dimension()) return false;
  decltype(vectors_) loaded;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    if (!in.read(size) || size > std::min<std::uint64_t>(in.remaining(), kMaxWordingBytes)) return false;
    std::string text(size, '\0');
    std::vector<float> vector(dimension);
    if (!in.read(text.data(), size) || !in.read(vector.data(), vector.size() * sizeof(float))) return false;
    loaded.emplace(std::move(text), std::move(vector));
  }
  if (!in.finish()) return false;
  vectors_.merge(loaded);
  return true;
}

void WordingVectors::save(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  CheckedWriter out(folder / file_name(embedder_));
  out.write(kMagic);
  out.write(static_cast<std::uint32_t>(embedder_.dimension()));
  out.write(static_cast<std::uint32_t>(vectors_.size()));
  for (const auto& [text, vector] : vectors_) {
    out.write(static_cast<std::uint32_t>(text.size()));
    out.write(text.data(), text.size());
    out.write(vector.data(), vector.size() * sizeof(float));
  }
  out.commit();
}

void WordingVectors::embed_into(std::map<std::string, std::vector<float>, std::less<>>& vectors, std::span<const std::string> texts) {
  const std::vector<float> rows = embedder_.embed(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(i * embedder_.dimension());
    vectors[texts[i]] = {begin, begin + static_cast<std::ptrdiff_t>(embedder_.dimension())};
  }
}

std::vector<std::string> WordingVectors::missing() const {
  std::set<std::string> missing;
  for (const RelationWordings& relation : table_.all()) {
    for (std::string& text : texts_of(relation)) {
      if (!vectors_.contains(text)) missing.insert(std::move(text));
    }
  }
  return {missing.begin(), missing.end()};
}

void WordingVectors::prepare(const std::stop_token& stop) {
  const std::vector<std::string> texts = missing();
  if (texts.empty()) return;
  if (logger_) {
    logger_(LogLevel::kWarning, "embedding " + std::to_string(texts.size()) +
                                    " ways to ask about relations, once for this embedder and language; this may take a minute");
  }
  std::size_t done = 0;
  while (done < texts.size() && !stop.stop_requested()) {
    const std::size_t count = std::min(kBatch, texts.size() - done);
    embed_into(vectors_, std::span(texts).subspan(done, count));
    done += count;
  }
  bool kept = true;
  try {
    save(folder_);
  } catch (const std::exception& error) {
    kept = false;
    if (logger_) logger_(LogLevel::kWarning, std::string("the wordings of relations will be embedded again: ") + error.what());
  }
  if (done < texts.size()) {
    throw_if_stopped(stop, kept ? "cancelled; what was embedded is kept: the same command goes on" : "cancelled; nothing could be kept");
  }
}

const std::vector<RelationWordings>& WordingVectors::of(const std::string& relation) {
  const auto [known, is_new] = relations_.try_emplace(relation);
  if (!is_new) return known->second;
  if (const RelationWordings* own = table_.find(Name(relation))) {
    known->second = {*own};
    return known->second;
  }
  RelationWordings generic = table_.generic(Name(relation));
  std::vector<std::string> missing;
  for (const std::string& text : texts_of(generic)) {
    if (!vectors_.contains(text) && !other_vectors_.contains(text)) missing.push_back(text);
  }
  if (!missing.empty()) embed_into(other_vectors_, missing);
  if (const RelationWordings* other = like(generic)) known->second.push_back(*other);
  known->second.push_back(std::move(generic));
  return known->second;
}

const RelationWordings* WordingVectors::like(const RelationWordings& generic) const {
  const auto name = vector(generic.relation), phrase = vector(generic.of(WordingKind::kObjectPhrase).front());
  const RelationWordings* best = nullptr;
  double most = kMinLikeness;
  for (const RelationWordings& relation : table_.all()) {
    double like_phrase = -1;
    for (const std::string& text : relation.of(WordingKind::kObjectPhrase))
      like_phrase = std::max<double>(like_phrase, dot(phrase, vector(text)));
    const double likeness = (like_phrase + dot(name, vector(relation.relation))) / 2;
    if (likeness < most) continue;
    most = likeness;
    best = &relation;
  }
  return best;
}

std::span<const float> WordingVectors::vector(const std::string& wording) const {
  auto found = vectors_.find(wording);
  if (found == vectors_.end()) found = other_vectors_.find(wording);
  if (found == other_vectors_.end()) throw Error(ErrorKind::kInternal, "no vector was prepared for \"" + wording + "\"");
  return found->second;
}

}  // namespace memllm
