// Thousands of random changes against a model of maps, with reopening, undo and time travel.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "memllm/error.h"
#include "testing/temporary_store.h"

namespace memllm {
namespace {

struct ModelFact {
  Triple triple;  // keys of entities, after aliases
  std::multiset<std::string> sources;
  bool operator==(const ModelFact&) const = default;
};

// What the memory believes.
struct State {
  std::map<FactId, ModelFact> active, quarantined;
  std::map<std::string, std::string> aliases;    // alias → entity
  std::map<std::string, std::string> documents;  // name → hash
};

struct Step {
  EventId newest_before = 0;
  State before;
};

std::string source_key(const Source& source) {
  return source.document.empty() ? "by " + source.author : source.document + "#" + std::to_string(source.sentence);
}

class RandomChanges {
 public:
  RandomChanges(const StoreOptions& options, TestClock& clock, std::uint32_t seed) : options_(options), clock_(clock), random_(seed) {
    reopen();
  }

  void run(int operations) {
    for (int i = 0; i < operations; ++i) {
      step();
      if (testing::Test::HasFailure()) return;
      if (pick(40) == 0) reopen();
      if (pick(25) == 0) compare();
    }
    compare();
    compare_past();
    EXPECT_EQ(store_->verify().problems, std::vector<std::string>());
    compare_export();
  }

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }

  void reopen() {
    store_.reset();
    store_ = std::make_unique<Store>(options_);
  }

  std::string resolve(const std::string& name) const {
    const std::string key = normalised(name);
    const auto alias = state_.aliases.find(key);
    return alias == state_.aliases.end() ? key : alias->second;
  }

  // An entity by one of its names, in some spelling.
  std::string entity() {
    std::string name = "entity " + std::to_string(pick(7));
    if (!state_.aliases.empty() && pick(4) == 0)
      name = std::next(state_.aliases.begin(), static_cast<std::ptrdiff_t>(pick(state_.aliases.size())))->first;
    if (pick(3) == 0) name = " " + name + "\u00A0";
    if (pick(3) == 0) name[name.find('e')] = 'E';
    return name;
  }

  Statement statement() {
    Statement statement = stated(entity(), pick(2) == 0 ? "likes" : "KNOWS", entity(), "author " + std::to_string(pick(3)));
    statement.triple.subject = clean_name(statement.triple.subject);
    return statement;
  }

  Triple resolved(const Triple& triple) const { return {resolve(triple.subject), normalised(triple.relation), resolve(triple.object)}; }

  static std::optional<FactId> find(const std::map<FactId, ModelFact>& facts, const Triple& triple) {
    for (const auto& [id, fact] : facts) {
      if (fact.triple == triple) return id;
    }
    return std::nullopt;
  }

  void support(ModelFact& fact, FactId id, const Triple& triple, const std::string& source) {
    fact.triple = triple;
    all_[id] = triple;
    if (!fact.sources.contains(source)) fact.sources.insert(source);
  }

  // The id that the store gave must be the known one, or a new one.
  void expect_put(FactId id, const Triple& triple, const std::string& source, bool quarantined = false) {
    if (const auto known = find(state_.active, triple)) {
      EXPECT_EQ(id, *known);
      return support(state_.active[id], id, triple, source);
    }
    if (const auto waiting = find(state_.quarantined, triple)) {
      EXPECT_EQ(id, *waiting);
      if (!quarantined) state_.active.insert(state_.quarantined.extract(id));
    } else {
      EXPECT_GT(id, newest_id_);
      newest_id_ = std::max(newest_id_, id);
    }
    support(quarantined ? state_.quarantined[id] : state_.active[id], id, triple, source);
  }

  std::optional<FactId> some_of(const std::map<FactId, ModelFact>& facts) {
    if (facts.empty()) return std::nullopt;
    return std::next(facts.begin(), static_cast<std::ptrdiff_t>(pick(facts.size())))->first;
  }
  std::optional<FactId> some_fact() { return some_of(state_.active); }

  EventId newest_event() const {
    const auto history = store_->history(std::nullopt, 1);
    return history.empty() ? 0 : history[0].id;
  }

  void step() {
    const std::size_t what = pick(100);
    if (what < 8) return undo_step();
    if (what < 11) return forget_step();
    Step step{newest_event(), state_};
    if (what < 45) {
      add_step();
    } else if (what < 55) {
      edit_step();
    } else if (what < 65) {
      replace_step();
    } else if (what < 72) {
      retract_step();
    } else if (what < 77) {
      accept_step();
    } else if (what < 92) {
      document_step();
    } else {
      alias_step();
    }
    if (newest_event() > step.newest_before) steps_.push_back(std::move(step));
    past_.emplace_back(clock_.now(), state_.active);
  }

  void add_step() {
    std::vector<Statement> statements;
    for (std::size_t n = 1 + pick(3); n > 0; --n) {
      statements.push_back(statement());
      statements.back().quarantined = pick(4) == 0;
    }
    const auto ids = store_->add(statements);
    ASSERT_EQ(ids.size(), statements.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      expect_put(ids[i], resolved(statements[i].triple), source_key(statements[i].source), statements[i].quarantined);
    }
  }

  void edit_step() {
    const auto id = some_fact();
    if (!id) return;
    const std::string object = entity();
    const FactId now = store_->edit(*id, std::nullopt, std::nullopt, object, "editor");
    Triple triple = state_.active[*id].triple;
    triple.object = resolve(object);
    if (triple == state_.active[*id].triple) {
      EXPECT_EQ(now, *id);
      return;
    }
    state_.active.erase(*id);
    expect_put(now, triple, "by editor");
  }

  void replace_step() {
    const Statement statement = this->statement();
    const Triple triple = resolved(statement.triple);
    const FactId id = store_->replace(statement);
    std::erase_if(state_.active, [&](const auto& item) {
      return item.second.triple.subject == triple.subject && item.second.triple.relation == triple.relation && item.second.triple != triple;
    });
    expect_put(id, triple, source_key(statement.source));
  }

  void retract_step() {
    const auto id = pick(3) == 0 ? some_of(state_.quarantined) : some_fact();
    if (!id) return;
    store_->retract(*id, "because", "user");
    state_.active.erase(*id);
    state_.quarantined.erase(*id);
  }

  void accept_step() {
    const auto id = some_of(state_.quarantined);
    if (!id) return;
    const Triple triple = state_.quarantined[*id].triple;
    if (find(state_.active, triple)) {
      EXPECT_THROW(store_->accept(*id, "reviewer"), Error);
      return;
    }
    store_->accept(*id, "reviewer");
    state_.active.insert(state_.quarantined.extract(*id));
    state_.active[*id].sources.insert("by reviewer");
  }

  void document_step() {
    const std::string name = "document " + std::to_string(pick(3));
    const std::string hash = std::to_string(random_());
    std::vector<Statement> statements;
    for (std::size_t n = pick(5); n > 0; --n) {
      statements.push_back(statement());
      statements.back().source.author = "model";
      statements.back().source.sentence = static_cast<std::int64_t>(pick(3));
      statements.back().quarantined = pick(3) == 0;
    }
    const DocumentChange change = store_->put_document({name, hash, "writer", ""}, statements);
    ASSERT_EQ(change.facts.size(), statements.size());
    using Stale = std::map<FactId, std::set<std::string>>;
    const auto stale_of = [&](const std::map<FactId, ModelFact>& facts) {
      Stale stale;
      for (const auto& [id, fact] : facts) {
        for (const std::string& source : fact.sources) {
          if (source.starts_with(name + "#")) stale[id].insert(source);
        }
      }
      return stale;
    };
    Stale believed = stale_of(state_.active), waiting = stale_of(state_.quarantined);
    const auto put = [&](bool quarantined) {
      for (std::size_t i = 0; i < statements.size(); ++i) {
        if (statements[i].quarantined != quarantined) continue;
        const std::string source = name + "#" + std::to_string(statements[i].source.sentence);
        expect_put(change.facts[i], resolved(statements[i].triple), source, quarantined);
        believed[change.facts[i]].erase(source);
        waiting[change.facts[i]].erase(source);
      }
    };
    const auto withdraw = [&](const Stale& stale) {
      std::vector<FactId> retracted;
      for (const auto& [id, sources] : stale) {
        if (sources.empty()) continue;
        auto& facts = state_.active.contains(id) ? state_.active : state_.quarantined;
        if (sources.size() == facts[id].sources.size()) {
          retracted.push_back(id);
          facts.erase(id);
        } else {
          for (const std::string& source : sources) facts[id].sources.erase(source);
        }
      }
      return retracted;
    };
    put(false);
    const std::vector<FactId> retracted = withdraw(believed);
    put(true);
    withdraw(waiting);
    EXPECT_EQ(change.retracted, retracted);
    state_.documents[name] = hash;
  }

  void alias_step() {
    const std::string name = entity();
    const std::string alias = "alias e" + std::to_string(pick(6));
    if (store_->has_entity(alias)) return;
    if (!store_->has_entity(name)) {
      EXPECT_THROW(store_->add_alias(name, alias), Error);
      return;
    }
    store_->add_alias(name, alias);
    state_.aliases[alias] = resolve(name);
  }

  void undo_step() {
    if (steps_.empty()) {
      return;
    }
    const Step step = steps_.back();
    steps_.pop_back();
    const auto open_event = [&]() -> std::optional<EventId> {
      for (const Event& event : store_->history(std::nullopt, 1'000'000)) {
        if (event.id <= step.newest_before) break;
        if (!event.undone_by && event.kind != EventKind::kUndo && event.kind != EventKind::kForget) return event.id;
      }
      return std::nullopt;
    };
    while (const auto expected = open_event()) {
      const auto undone = store_->undo(std::nullopt, "user");
      ASSERT_TRUE(undone);
      EXPECT_EQ(undone->id, *expected);
    }
    state_ = step.before;
    past_.emplace_back(clock_.now(), state_.active);
  }

  void forget_step() {
    if (all_.empty()) return;
    const FactId id = std::next(all_.begin(), static_cast<std::ptrdiff_t>(pick(all_.size())))->first;
    store_->forget(id);
    EXPECT_FALSE(store_->get(id));
    all_.erase(id);
    std::set<std::string> alive;
    for (const auto& [other, triple] : all_) alive.insert({triple.subject, triple.object});
    const auto forget_in = [&](State& state) {
      state.active.erase(id);
      state.quarantined.erase(id);
      std::erase_if(state.aliases, [&](const auto& alias) { return !alive.contains(alias.second); });
    };
    forget_in(state_);
    for (Step& step : steps_) forget_in(step.before);
    for (auto& [at, facts] : past_) facts.erase(id);
  }

  std::map<FactId, ModelFact> stored(const FactFilter& filter) const {
    std::map<FactId, ModelFact> facts;
    for (const Fact& fact : store_->list(filter)) {
      ModelFact& model = facts[fact.id];
      // Names in the store are as first written; an alias may have been first.
      model.triple = {resolve(fact.subject), normalised(fact.relation), resolve(fact.object)};
      for (const Source& source : fact.sources) model.sources.insert(source_key(source));
    }
    return facts;
  }

  void compare() {
    EXPECT_EQ(stored({}), state_.active);
    FactFilter waiting;
    waiting.state = FactFilter::State::kQuarantined;
    EXPECT_EQ(stored(waiting), state_.quarantined);
    const MemoryStats stats = store_->stats();
    EXPECT_EQ(stats.facts, state_.active.size());
    EXPECT_EQ(stats.quarantined, state_.quarantined.size());
    EXPECT_EQ(stats.facts + stats.quarantined + stats.retracted, all_.size());
    for (const auto& [name, hash] : state_.documents) {
      const auto document = store_->document(name);
      ASSERT_TRUE(document) << name;
      EXPECT_EQ(document->content_hash, hash);
    }
    EXPECT_EQ(store_->stats().documents, state_.documents.size());
    for (const auto& [id, fact] : state_.active) {
      const QueryResult result = store_->query(asks_object(fact.triple.subject, fact.triple.relation), {});
      EXPECT_TRUE(result.exact);
      EXPECT_TRUE(
          std::any_of(result.matches.begin(), result.matches.end(), [id = id](const QueryMatch& match) { return match.fact.id == id; }));
    }
  }

  void compare_past() {
    for (int i = 0; i < 40 && !past_.empty(); ++i) {
      const auto& [at, facts] = past_[pick(past_.size())];
      FactFilter filter;
      filter.as_of = at;
      std::set<FactId> expected, found;
      for (const auto& [id, fact] : facts) expected.insert(id);
      for (const Fact& fact : store_->list(filter)) found.insert(fact.id);
      EXPECT_EQ(found, expected) << at;
    }
  }

  void compare_export() {
    std::ostringstream first, second;
    store_->export_jsonl(first);
    TestFolder folder;
    StoreOptions options = options_;
    options.folder = folder.path();
    Store copy(options);
    std::istringstream in(first.str());
    copy.import_jsonl(in);
    copy.export_jsonl(second);
    EXPECT_EQ(first.str(), second.str());
    EXPECT_EQ(copy.verify().problems, std::vector<std::string>());
    // The copy can be undone just as far.
    std::size_t undone = 0;
    while (store_->undo(std::nullopt, "user")) {
      ASSERT_TRUE(copy.undo(std::nullopt, "user"));
      ASSERT_LT(++undone, 100'000U);
    }
    EXPECT_FALSE(copy.undo(std::nullopt, "user"));
    EXPECT_EQ(copy.stats().facts, 0U);
    EXPECT_EQ(store_->stats().facts, 0U);
    EXPECT_EQ(store_->verify().problems, std::vector<std::string>());
  }

  StoreOptions options_;
  TestClock& clock_;
  std::mt19937 random_;
  std::unique_ptr<Store> store_;
  State state_;
  std::vector<Step> steps_;
  std::map<FactId, Triple> all_;  // retracted ones too
  std::vector<std::pair<Timestamp, std::map<FactId, ModelFact>>> past_;
  FactId newest_id_ = 0;
};

TEST_F(StoreTest, RandomChangesGoAsInAModelOfMaps) {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    TestFolder folder;
    StoreOptions options = this->options();
    options.folder = folder.path();
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomChanges(options, clock_, seed).run(300);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace memllm
