#include "memllm/memory.h"

#include <utility>

#include "base/name.h"
#include "base/text.h"
#include "embed/lazy_embedder.h"
#include "engine/memory_impl.h"
#include "infer/inference.h"
#include "memllm/error.h"
#include "read/answerable_queries.h"
#include "search/duplicates.h"
#include "search/memory_search.h"
#include "write/learner.h"

namespace memllm {
namespace {

constexpr std::size_t kEmbeddedAtOnce = 64;  // sentences

void check(const MemoryOptions& options) {
  if (options.folder.empty()) throw Error(ErrorKind::kInvalidArgument, "no folder given for the memory");
  if (!is_valid_utf8(options.name_space) || Name(options.name_space).is_blank()) {
    throw Error(ErrorKind::kInvalidArgument, "the name space must be a word; leave it at \"default\" if there is no need for several");
  }
  for (const double threshold : {options.thresholds.entity, options.thresholds.relation, options.thresholds.pair}) {
    if (!(threshold >= -1 && threshold <= 1)) {
      throw Error(ErrorKind::kInvalidArgument, "thresholds are cosine similarities: give numbers between -1 and 1");
    }
  }
}

std::unique_ptr<Embedder> make_embedder(const MemoryOptions& options) {
  check(options);
  return options.embedder.empty() ? nullptr : std::make_unique<LazyEmbedder>(options.embedder);
}

StoreOptions store_options(const MemoryOptions& options, Embedder* embedder) {
  StoreOptions store;
  store.folder = options.folder;
  store.name_space = options.name_space;
  store.embedder_mismatch = options.embedder_mismatch;
  store.logger = options.logger;
  if (options.clock) store.clock = options.clock;
  if (embedder) {
    store.embedding.fingerprint = embedder->fingerprint();
    store.embedding.dimension = embedder->dimension();
    store.embedding.embed = [embedder](std::span<const std::string> texts) { return embedder->embed(texts); };
  }
  return store;
}

QueryOptions query_options(const MemoryOptions& memory) {
  QueryOptions options;
  options.thresholds = memory.thresholds;
  options.name_space = memory.name_space;
  options.infer = memory.infer;
  return options;
}

}  // namespace

Memory::Impl::Impl(const MemoryOptions& options_) : Impl(options_, make_embedder(options_)) {}

Memory::Impl::Impl(const MemoryOptions& options_, std::unique_ptr<Embedder> embedder_)
    : options(options_), embedder(std::move(embedder_)), store(store_options(options, embedder.get())) {}

const Language& Memory::Impl::language() {
  if (!language_) language_ = load_language(options.language);
  return *language_;
}

MemoryEcho& Memory::Impl::echo() {
  if (!echo_) echo_.emplace(language().sentences);
  return *echo_;
}

EmbedFunction Memory::Impl::embed_function() {
  if (!embedder) return {};
  return [this](std::span<const std::string> texts) { return embedder->embed(texts); };
}

void Memory::Impl::embed_sentences(const ProgressCallback& progress, const std::stop_token& stop) {
  if (!embedder) return;
  for (std::size_t done = 0, left = 1; left > 0 && !stop.stop_requested();) {
    left = store.embed_sentences(kEmbeddedAtOnce);
    done += kEmbeddedAtOnce;
    if (progress && left > 0) progress({done, done + left, 0, "indexing"});
  }
}

Memory::Memory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Memory::Memory(Memory&&) noexcept = default;
Memory& Memory::operator=(Memory&&) noexcept = default;
Memory::~Memory() = default;

Memory Memory::open(const MemoryOptions& options) { return Memory(std::make_unique<Impl>(options)); }

FactId Memory::add(const Statement& statement) { return impl_->store.add(std::span(&statement, 1)).front(); }

std::vector<FactId> Memory::add(std::span<const Statement> statements) { return impl_->store.add(statements); }

FactId Memory::edit(FactId fact, const std::optional<std::string>& subject, const std::optional<std::string>& relation,
                    const std::optional<std::string>& object, const std::string& author) {
  return impl_->store.edit(fact, subject, relation, object, author);
}

FactId Memory::replace(const Statement& statement) { return impl_->store.replace(statement); }

void Memory::retract(FactId fact, const std::string& reason, const std::string& author) { impl_->store.retract(fact, reason, author); }

void Memory::accept(FactId fact, const std::string& author) { impl_->store.accept(fact, author); }

void Memory::forget(FactId fact) { impl_->store.forget(fact); }

void Memory::forget_entity(const std::string& name, ForgetNames names) { impl_->store.forget_entity(name, names); }

void Memory::forget_document(const std::string& name) { impl_->store.forget_document(name); }

LearnSummary Memory::keep(std::span<const Document> documents, const ProgressCallback& progress, std::stop_token stop,
                          const ReportCallback& completed) {
  Learner learner({impl_->store,
                   impl_->language(),
                   nullptr,
                   {},
                   {},
                   {},
                   0,
                   1,
                   impl_->options.logger,
                   impl_->options.clock ? impl_->options.clock : now_utc,
                   &impl_->echo()});
  LearnSummary summary = learner.learn(documents, {}, LearnMode::kStore, progress, stop, completed);
  impl_->embed_sentences(progress, stop);
  return summary;
}

std::vector<DocumentInfo> Memory::documents(const std::optional<Timestamp>& as_of) const { return impl_->store.documents(as_of); }

std::optional<std::string> Memory::document_named(const std::string& name) const { return impl_->store.document_named(name); }

std::vector<Sentence> Memory::sentences(const std::string& document, const std::optional<Timestamp>& as_of) const {
  return impl_->store.sentences(document, as_of);
}

std::vector<SearchHit> Memory::find(const std::string& text, const SearchOptions& options) const {
  return search_memory(impl_->store, SentenceSearch(impl_->store, impl_->language().words, impl_->embed_function()), text, options);
}

std::optional<Event> Memory::undo(std::optional<EventId> event, const std::string& author) { return impl_->store.undo(event, author); }

Event Memory::separate(const std::string& name, const std::string& author) { return impl_->store.separate(name, author); }

std::vector<DuplicateEntities> Memory::duplicates() const { return duplicate_entities(impl_->store, impl_->language().words); }

void Memory::add_alias(const std::string& entity, const std::string& alias) { impl_->store.add_alias(entity, alias); }

void Memory::set_relation(const std::string& relation, RelationPolicy policy, const std::string& embedding_template) {
  impl_->store.set_relation(relation, policy, embedding_template);
}

std::optional<Fact> Memory::get(FactId fact, const std::optional<Timestamp>& as_of) const { return impl_->store.get(fact, as_of); }

std::vector<Fact> Memory::list(const FactFilter& filter) const { return impl_->store.list(filter); }

std::vector<Fact> Memory::search(const std::string& words, const FactFilter& filter) const { return impl_->store.search(words, filter); }

std::vector<Event> Memory::history(std::optional<FactId> fact, std::size_t limit) const { return impl_->store.history(fact, limit); }

QueryResult Memory::query(const Query& query) const { return impl_->inferring().query(query, query_options(impl_->options)); }

std::vector<Query> Memory::answerable(const std::string& text) const {
  return answerable_queries(impl_->inferring(), impl_->language().words, text, query_options(impl_->options));
}

QueryResult Memory::query(const Query& query, const QueryOptions& options) const { return impl_->inferring().query(query, options); }

void Memory::export_jsonl(std::ostream& out) const { impl_->store.export_jsonl(out); }

std::size_t Memory::import_jsonl(std::istream& in) { return impl_->store.import_jsonl(in); }

MemoryStats Memory::stats() const { return impl_->store.stats(); }

VerifyReport Memory::verify() const { return impl_->store.verify(); }

void Memory::reindex() { impl_->store.reindex(); }

const MemoryOptions& Memory::options() const { return impl_->options; }

}  // namespace memllm
